"""`Report`: the verdict on one layer, and the errors that carry it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from gradcheck._util import Record
from gradcheck.evaluation import SharedCall, Unreached
from gradcheck.judging import Result, verdict_of
from gradcheck.reporting.message import (
    describe_findings,
    describe_gradient,
    describe_sensitivity,
    exemptions,
    gaps,
    headline,
    join_rows,
)
from gradcheck.reporting.notebook import notebook
from gradcheck.reporting.plots.figure import figure
from gradcheck.reporting.tolerances import Tolerance, sum_up_tolerances
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


for _verdict in (WrongGradient, FlawedLayer, UnverifiedGradient):
    _verdict.__module__ = "gradcheck"  # where users find them, and what pytest's summary shows

TOLD = ("double-backward", "undefined", "saved")
"""Checks that have something to say where they pass: a wrong second derivative is no failure by default."""


@dataclass(frozen=True, repr=False)
class Report(Record):
    """The verdict on one layer, and everything it rests on.

    It is true only if the verdict is CORRECT, so that ``assert check(layer)`` says what it means.

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
    unreached
        Statements of forward and backward that ran in no example.
    untried
        Values of options, and pairs of them, that no example had.
    declared
        What may differ beyond rounding, in the words that declare it, as ``accuracy=1e-06 of 'x'``.
    shared
        Those of the calls that were made for all checks at once, each with its role and its example.
    raised_at
        The line of the user's file for what one of the functions raised, by the words of the reason.
    brought_in
        Lines of Python that bring the layer in, for code that repeats a finding; of a right layer, nothing.
    is_measured
        Whether one of the checks that were asked for compares the gradient with a measurement, or with
        another implementation.
    """

    layer: str
    inputs: tuple[str, ...]
    results: tuple[Result, ...]
    forward_calls: int
    vjp_calls: int
    seed: int
    deaths: tuple[str, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    untried: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    shared: frozenset[SharedCall] = field(default=frozenset(), repr=False)
    is_measured: bool = True
    raised_at: Mapping[str, str] = field(default_factory=dict, repr=False)
    brought_in: str = field(default="", repr=False, compare=False)

    KEYS: ClassVar[str] = (
        "layer verdict inputs sensitivity forward_calls vjp_calls seed deaths unreached untried tolerances "
        "checks=results"
    )

    def with_shared(self, shared: AbstractSet[SharedCall]) -> Report:
        """Return the report with these calls, too, which were made for all checks at once."""
        if not shared:
            return self
        forward, vjp = self.forward_calls + _count("forward", shared), self.vjp_calls + _count("vjp", shared)
        return replace(self, shared=frozenset(shared), forward_calls=forward, vjp_calls=vjp)

    def count_shared(self, role: str) -> int:
        """Return how many of its calls of one function were made for all checks at once."""
        return _count(role, self.shared)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of any check: WRONG, FLAWED, UNVERIFIED, or else CORRECT.

        Where no check that was asked for measures the gradient, it is UNVERIFIED at best.
        """
        found = verdict_of(self.results)
        return Verdict.UNVERIFIED if found is Verdict.CORRECT and not self.is_measured else found

    @property
    def findings(self) -> tuple[Result, ...]:
        """The results that are WRONG, then those that are FLAWED, then those that are UNVERIFIED."""
        return tuple(r for v in SEVERITY[:-1] for r in self.results if r.verdict is v)

    @property
    def sensitivity(self) -> float | None:
        """The smallest relative error that the finite-difference check would have seen in every input."""
        return next((r.sensitivity for r in self.results if r.check == "finite-difference"), None)

    @property
    def seen(self) -> str:
        """What the finite-difference check would have seen, or why it could measure nothing, in words."""
        by_name = {r.check: r for r in self.results}
        measured, reference = by_name.get("finite-difference"), by_name.get("reference")
        if (
            reference is not None
            and reference.verdict is Verdict.CORRECT
            and (measured is None or measured.verdict is Verdict.NOT_APPLICABLE)
        ):
            return "it agrees with its reference, as far as its precision goes"
        if measured is None:
            return describe_sensitivity(None)
        return describe_sensitivity(measured.sensitivity, measured.reason)

    @property
    def tolerances(self) -> tuple[Tolerance, ...]:
        """What was declared to differ beyond rounding, with how much of it was needed."""
        return sum_up_tolerances(self.declared, self.results)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """A label and a text for what there is to say of exemptions, tolerances and measurements."""
        rows = [tolerance.row for tolerance in self.tolerances]
        passed = [r for r in self.results if r.verdict is Verdict.CORRECT and r.reason]
        # Of a declared tolerance, its own row says how much of it was needed.
        measured = () if rows else [r for r in passed if r.sensitivity is not None]
        said = dict.fromkeys(r.reason for r in (*measured, *(r for r in passed if r.check in TOLD)))
        told = [*exemptions(self.results), *(row for row in rows if row is not None)]
        return [*told, *(("note", reason) for reason in said)]

    def describe(self, repeat: str = "", *, width: int | None = None) -> str:
        """Return the findings in words, or the verdict in one line when it is CORRECT.

        Parameters
        ----------
        repeat
            The command that brings the same findings up again, if it is another than `check`.
        width
            Where lines are broken; left out, rows stay lines, however long.
        """
        repeat = repeat or f"gradcheck.check(…, seed={self.seed})"
        rows = [*self.notes, *(("workers", death) for death in self.deaths), *gaps(self)]
        if self.verdict is Verdict.CORRECT:
            return join_rows(f"VJP of {self.layer!r} is correct: {self.seen}", rows, width)
        passed = [r.check for r in self.results if r.verdict is Verdict.CORRECT]
        if not self.findings and passed:
            first = f"VJP of {self.layer!r} is unverified: no check that was asked for measures it"
            rows = [("passed", ", ".join(passed)), ("ask for", "finite-difference, among checks="), *rows]
            return join_rows(first, rows, width)
        if not self.findings:  # checks were chosen, and none of them says anything about this layer
            first = f"VJP of {self.layer!r} is unverified: none of the checks that were asked for applies"
            reasons = [(r.check, r.reason) for r in self.results if r.verdict is Verdict.NOT_APPLICABLE]
            return join_rows(first, [*(("because", f"{c}: {why}") for c, why in reasons), *rows], width)
        gradient = describe_gradient(self.results)
        first, found = describe_findings(self.layer, self.findings, gradient, repeat)
        lines = dict.fromkeys(line for said, line in self.raised_at.items() if line and said in first)
        return join_rows(first, [*(("raised at", line) for line in lines), *found, *rows], width)

    def plot(self, check: str = "") -> Figure:
        """Draw a finding: the error over the cotangent's layout, derived against numerical, and the steps.

        Of a right gradient the same is drawn, measured at an example of moderate size; where that can't be
        done again, how far each example was from its bound, and which shapes were tried.

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
            If there is nothing to draw.
        """
        wanted = [r for r in self.results if r.check == check or not check]
        found = [r for r in wanted if r.comparison is not None or r.curve is not None]
        found += [r for r in wanted if r.measure is not None or r.tried]
        if not found:
            has = ", ".join(r.check for r in self.results if r.comparison is not None or r.curve or r.tried)
            by = f" by {check!r}" if check else ""
            message = f"{self.layer!r} has nothing to draw{by}; by check: {has or 'none'}"
            raise ValueError(message)
        result = found[0]
        if result.verdict is Verdict.CORRECT:
            return figure(
                f"VJP of {self.layer!r} is correct: {describe_sensitivity(result.sensitivity)}", result
            )
        return figure(headline(self.layer, result), result)

    def __bool__(self) -> bool:
        """Return whether the verdict is CORRECT."""
        return self.verdict is Verdict.CORRECT

    def __repr__(self) -> str:
        """Return one line: the layer, the verdict, and the checks that found something."""
        culprits = ", ".join(result.check for result in self.findings)
        return f"<Report {self.layer!r}: {self.verdict.value}{f' ({culprits})' if culprits else ''}>"

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


def _count(role: str, calls: AbstractSet[SharedCall]) -> int:
    """Return how many of some calls were of one function."""
    return sum(each == role for each, _ in calls)
