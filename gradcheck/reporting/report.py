"""`Report`: the verdict on one layer, and the errors that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gradcheck._util import Record
from gradcheck.judging import Result, verdict_of
from gradcheck.reporting.message import describe_findings, describe_gradient, exemptions, seen
from gradcheck.reporting.notebook import notebook
from gradcheck.reporting.plots.figure import figure
from gradcheck.types import SEVERITY, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class _Verdict(AssertionError):  # noqa: N818 -- the shared half of the public names below
    """A verdict that is not ``CORRECT``; `report` holds in fields what the message says in words."""

    def __init__(self, message: str, report: Report) -> None:
        self.report = report
        super().__init__(message)


class WrongGradient(_Verdict):
    """A derived gradient was shown to be wrong.

    Attributes
    ----------
    report
        The `Report`, whose `findings` hold where, derived, numerical and allowed.
    """


class FlawedLayer(_Verdict):
    """A layer breaks a rule that its callers rely on, though nothing is wrong with its gradient.

    Attributes
    ----------
    report
        The `Report`, whose `findings` hold the rule and the example.
    """


class UnverifiedGradient(_Verdict):
    """A check could not see whether the gradient is right, so it may not be called right.

    Attributes
    ----------
    report
        The `Report`; each unverified result carries its reason.
    """


@dataclass(frozen=True)
class Report(Record):
    """The verdict on one layer, and everything it rests on.

    Parameters
    ----------
    layer
        The layer's name.
    inputs
        Its inputs' names, in order.
    results
        One `Result` for each check, in the order of the battery.
    forward_calls, vjp_calls
        How often forward, and a pullback, were called.
    seed
        With it, the same report comes out again.
    deaths
        In sentences, the worker processes that died, and what became of their work.
    """

    layer: str
    inputs: tuple[str, ...]
    results: tuple[Result, ...]
    forward_calls: int
    vjp_calls: int
    seed: int
    deaths: tuple[str, ...] = ()

    KEYS: ClassVar[str] = (
        "layer verdict inputs sensitivity forward_calls vjp_calls seed deaths checks=results"
    )

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of any check: WRONG, FLAWED, UNVERIFIED, or else CORRECT."""
        return verdict_of(self.results)

    @property
    def findings(self) -> tuple[Result, ...]:
        """The results that are WRONG, then those that are FLAWED, then those that are UNVERIFIED."""
        return tuple(r for v in SEVERITY[:-1] for r in self.results if r.verdict is v)

    @property
    def sensitivity(self) -> float | None:
        """The smallest relative error that the finite-difference check would have seen in every input."""
        return next((r.sensitivity for r in self.results if r.check == "finite-difference"), None)

    def describe(self, repeat: str = "") -> str:
        """Return the findings in words, or the verdict in one line when it is CORRECT.

        Parameters
        ----------
        repeat
            The command that brings the same findings up again, if it is another than `check`.
        """
        repeat = repeat or f"gradcheck.check(…, seed={self.seed})"
        rows = [*exemptions(self.results), *(("workers", death) for death in self.deaths)]
        further = "".join(f"\n  {label:<12} {text}" for label, text in rows)
        if self.verdict is Verdict.CORRECT:
            return f"VJP of {self.layer!r} is correct: {seen(self.sensitivity)}{further}"
        gradient = describe_gradient(self.results)
        return describe_findings(self.layer, self.findings, gradient, repeat) + further

    def plot(self, check: str = "") -> Figure:
        """Draw a finding: the error over the cotangent's layout, derived against numerical, and the steps.

        Parameters
        ----------
        check
            The check whose finding is drawn; if left out, the first that has something to draw.

        Returns
        -------
        matplotlib.figure.Figure
            A notebook shows it; ``savefig`` writes it to a file.

        Raises
        ------
        ImportError
            If matplotlib is not there: it comes with the extra ``plot``.
        ValueError
            If there is nothing to draw: the gradient is right, or too large to be compared entry by entry.
        """
        drawable = [r for r in self.results if r.comparison is not None or r.curve is not None]
        chosen = [r for r in drawable if r.check == check or not check]
        if not chosen:
            has = ", ".join(r.check for r in drawable) or "none"
            message = (
                f"{self.layer!r} has no finding to draw{f' by {check!r}' if check else ''}; by check: {has}"
            )
            raise ValueError(message)
        found = chosen[0]
        return figure(f"VJP of {self.layer!r} is {found.verdict.value.lower()} {found.reason}", found)

    def _repr_html_(self) -> str:
        return notebook(self.describe(), self.results)

    def __str__(self) -> str:
        """Return the findings in words, or the verdict in one line."""
        return self.describe()

    def raise_unless_correct(self, repeat: str = "") -> None:
        """Raise `WrongGradient`, `FlawedLayer` or `UnverifiedGradient` unless the verdict is CORRECT."""
        __tracebackhide__ = True
        error = ERRORS.get(self.verdict)
        if error is not None:
            raise error(self.describe(repeat), self)


ERRORS = {
    Verdict.WRONG: WrongGradient,
    Verdict.FLAWED: FlawedLayer,
    Verdict.UNVERIFIED: UnverifiedGradient,
}
"""What is raised for each verdict but CORRECT."""
