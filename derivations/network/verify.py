"""Is the network's gradient right? As a whole first; if not, layer by layer, at the inputs they receive."""

from dataclasses import dataclass

from derivations.network.model import Network
from derivations.network.stages import Parameters
from derivations.types import Array
from gradcheck import Report, Verdict, check

IMAGES = 8
"""So many images of a batch are enough: every parameter is used by each of them."""


@dataclass(frozen=True)
class Verification:
    """The report on the whole network, and on each layer where the whole is not correct."""

    whole: Report
    layers: tuple[Report, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole."""
        return self.whole.verdict

    @property
    def at_fault(self) -> tuple[str, ...]:
        """The names of the layers that are wrong by themselves."""
        return tuple(report.layer for report in self.layers if report.verdict.is_failure)

    def describe(self) -> str:
        """Return the finding on the whole, and below it what is wrong with which layer."""
        wrong = [report for report in self.layers if report.verdict.is_failure]
        if self.verdict.is_failure and wrong:
            said = f"the layer at fault is {' and '.join(map(repr, self.at_fault))}:"
        elif self.verdict.is_failure:
            said = "each layer by itself is not wrong: the fault is in how they are put together."
        else:
            said = (
                "no layer by itself is wrong." if not wrong else f"{self.at_fault[0]!r} is wrong by itself:"
            )
        return "\n\n".join((str(self.whole), said, *map(str, wrong)))


def verify(
    network: Network, parameters: Parameters, images: Array, targets: Array, seed: int
) -> Verification:
    """Check the gradient of the loss with respect to every parameter, at real images.

    Parameters
    ----------
    network, parameters
        What is checked, and where.
    images, targets
        A batch, of which the first few are used.
    seed
        For the directions and cotangents.

    Returns
    -------
    Verification
        If the whole is not correct, with a report on each stage and on the loss, at what they receive.
    """
    images, targets = images[:IMAGES], targets[:IMAGES]
    whole = check(network.layer, images, targets, *parameters, seed=seed)
    if whole.verdict is Verdict.CORRECT:
        return Verification(whole)
    x, reports = images, []
    for stage, own, y in network.outputs(images, parameters):
        reports.append(check(stage.layer, x, *own, seed=seed))
        x = y
    return Verification(whole, (*reports, check(network.loss, x, targets, seed=seed)))
