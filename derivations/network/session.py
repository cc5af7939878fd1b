"""One training from beginning to end: verified, trained, verified again, and measured."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from derivations.network import report
from derivations.network.checkpoint import Checkpoint, save
from derivations.network.datasets import Dataset
from derivations.network.model import Network
from derivations.network.recipes import RECIPES
from derivations.network.state import State
from derivations.network.train import recognise, train
from derivations.network.verify import Verification, verify
from derivations.types import Array
from gradcheck import Verdict


class NotVerified(Exception):  # noqa: N818 -- it says what is the case
    """The network's gradient is not right, or could not be verified; the text says where.

    Attributes
    ----------
    verification
        The reports.
    """

    def __init__(self, verification: Verification) -> None:
        self.verification = verification
        super().__init__(verification.describe())


@dataclass(frozen=True)
class Outcome:
    """How a training ended: its checkpoint, what it takes the test images for, and how long it took."""

    checkpoint: Checkpoint
    recognised: Array
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Session:
    """What does not change from one training to the next.

    Parameters
    ----------
    kept, tested
        The images to train on, and those to measure with.
    console
        Where a terminal would show the bar.
    say
        Prints a line.
    verify_every
        After so many epochs the gradient is verified on the way; 0 for never.
    """

    kept: Dataset
    tested: Dataset
    console: Console
    say: Callable[[str], None]
    verify_every: int = 0

    def run(self, checkpoint: Checkpoint, path: Path | None) -> Outcome:
        """Verify, train what is left of the plan, verify again, and measure.

        Parameters
        ----------
        checkpoint
            From where.
        path
            Where the training is saved, at the end or when it is interrupted; None for nowhere.

        Raises
        ------
        NotVerified
            If the gradient is not correct; before the first step, nothing has been trained then.
        NotFinite
            If the loss or a gradient is not finite.
        KeyboardInterrupt
            After saving.
        """
        started = time.perf_counter()
        network = RECIPES[checkpoint.recipe].network(checkpoint.sizes)
        self._verify(network, checkpoint, "before training")
        try:
            for state in self._states(network, checkpoint):
                checkpoint = replace(checkpoint, state=state)
                self._on_the_way(network, checkpoint)
        except KeyboardInterrupt:
            if path is not None:
                save(path, checkpoint)
            raise
        if path is not None:
            save(path, checkpoint)
        self._verify(network, checkpoint, "after training")
        recognised = recognise(network, checkpoint.state.parameters, self.tested.images)
        accuracy = float(np.mean(recognised == self.tested.labels))
        return Outcome(checkpoint, recognised, accuracy, time.perf_counter() - started)

    def _states(self, network: Network, checkpoint: Checkpoint) -> Iterator[State]:
        """Return the state at the end of each epoch that is left, under a bar."""
        plan, state = checkpoint.plan, checkpoint.state
        images = len(self.kept.labels)
        done = images * len(state.history)
        with report.bar(self.console, checkpoint.recipe, images * plan.epochs, done) as tick:
            yield from train(network, state, self.kept, self.tested, plan, tick)

    def _on_the_way(self, network: Network, checkpoint: Checkpoint) -> None:
        """Say how an epoch went, and verify where that is asked for."""
        done, epochs = len(checkpoint.state.history), checkpoint.plan.epochs
        line = report.epoch_line(checkpoint.state, epochs)
        if line is not None:
            self.say(line)
        if self.verify_every and done % self.verify_every == 0 and done < epochs:
            self._verify(network, checkpoint, f"after epoch {done}")

    def _verify(self, network: Network, checkpoint: Checkpoint, when: str) -> None:
        """Verify the gradient on the first batch.

        Raises
        ------
        NotVerified
            If it is not correct.
        """
        started = time.perf_counter()
        plan, parameters = checkpoint.plan, checkpoint.state.parameters
        images, targets = self.kept.images[: plan.batch], self.kept.targets(network.classes)[: plan.batch]
        verification = verify(network, parameters, images, targets, plan.seed)
        if verification.verdict is not Verdict.CORRECT:
            raise NotVerified(verification)
        seconds = time.perf_counter() - started
        self.say(
            f"gradient {when}: CORRECT in all {len(parameters)} parameters; an error of "
            f"{verification.whole.sensitivity:.0e} would have been seen ({seconds:.1f} s)"
        )
