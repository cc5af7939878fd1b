"""The records in which a verdict travels: the outcome at one example, the result of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gradcheck._util import Record
from gradcheck.evaluation import Example
from gradcheck.judging.evidence import Curve, Diagnosis, EntryComparison, Evidence
from gradcheck.judging.tried import Columns, Tried, columns
from gradcheck.types import Verdict, worst


@dataclass(frozen=True)
class Outcome:
    """What one check concluded at one example.

    Parameters
    ----------
    verdict
        Its verdict at this example; NOT_APPLICABLE where the property says nothing there.
    reason
        What follows "is wrong" or "is unverified"; empty when nothing needs saying.
    sensitivities
        For each input that the check verified here, the smallest relative error it would have seen.
    zero
        The inputs whose derived gradient is zero, as measured.
    suspicious
        Whether derived and numerical value differ, though not beyond doubt: a right gradient does
        this now and then, not often.
    suspicious_if_smooth
        Whether that is so where values tie only, which nobody may doubt of a function with kinks.
    has_kink
        Whether the example sits on a kink.
    raised
        Whether one of the layer's own functions raised.
    locate
        Finds the worst wrong entry; called once, for the smallest failing example only.
    argnum
        The position of the input whose cotangent is wrong, where it is one input's.
    ratio
        The largest difference found as a part of what is allowed, where the check compares sizes.
    comparison
        Everything that was compared, where a check compares entry by entry anyway.
    final
        Whether another random direction at the same point would teach nothing more.
    tolerated
        The largest relative difference for which each declared tolerance was needed, by its words.
    is_enough
        Whether further examples would say no more than this one does.
    is_stopped
        Whether an output or a derived cotangent that is not finite left nothing to look at.
    """

    verdict: Verdict
    reason: str = ""
    sensitivities: Mapping[str, float] = field(default_factory=dict)
    zero: frozenset[str] = frozenset()
    suspicious: bool = False
    suspicious_if_smooth: bool = False
    has_kink: bool = False
    raised: bool = False
    locate: Callable[[], Evidence] | None = None
    argnum: int | None = None
    ratio: float | None = None
    comparison: EntryComparison | None = None
    final: bool = False
    tolerated: Mapping[str, float] = field(default_factory=dict)
    is_enough: bool = False
    is_stopped: bool = False


@dataclass(frozen=True)
class Result(Record):
    """What one check concluded about one layer.

    Parameters
    ----------
    check
        The check's name.
    verdict
        CORRECT, WRONG, FLAWED, UNVERIFIED, NOT_APPLICABLE, or EXEMPT.
    reason
        Why it is not CORRECT, or a note; of an exempt check, the reason that its author gave.
    examples, verified
        How many examples ran, and in how many of them something was verified.
    sensitivity
        The smallest relative error that would have been seen in every input; 0 for exact
        arithmetic, None where the check does not measure a size.
    evidence, example
        The worst entry of the smallest failing example, and that example.
    diagnosis
        Where and why the gradient is wrong, where that was looked for.
    solver, detaching
        An integrator or an iteration that forward calls, so that its value is an approximation; and what
        hides a part of it from the gradient. Empty where there is none, or the gradient is right.
    unshrunk_gap
        By how much an entry is off, in relation to its size, in the example that was made smaller.
    snippet
        Code that shows the wrong entry without gradcheck; empty where the example can't be written down.
    comparison, curve
        Of the smallest failing example: the wrong cotangent entry by entry, and the slope against the step.
    tried
        The first examples that ran, in short.
    replayed
        Whether the failing example was found in an earlier run, and kept in Hypothesis' database.
    stale
        The reason of an exemption that is not needed, since the check found nothing; else empty.
    tolerated
        The largest relative difference for which each declared tolerance was needed, by its words.
    measure
        Of a right gradient: measures what a picture of it shows, comparison and curve, once it is asked for,
        since a verdict needs less. None where the check does not measure, and for a report that another
        process made.
    """

    check: str
    verdict: Verdict
    reason: str = ""
    examples: int = 0
    verified: int = 0
    sensitivity: float | None = None
    evidence: Evidence | None = None
    example: Example | None = None
    diagnosis: Diagnosis | None = None
    solver: str = ""
    detaching: str = ""
    unshrunk_gap: float = 0.0
    comparison: EntryComparison | None = None
    curve: Curve | None = None
    snippet: str = ""
    tried: tuple[Tried, ...] = ()
    replayed: bool = False
    stale: str = ""
    tolerated: Mapping[str, float] = field(default_factory=dict)
    measure: Callable[[], tuple[EntryComparison | None, Curve | None]] | None = field(
        default=None, compare=False, repr=False
    )

    KEYS: ClassVar[str] = (
        "check verdict reason stale examples verified sensitivity replayed snippet "
        "evidence example diagnosis comparison curve tried=_tried"
    )

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields without the layer's own functions, which may not leave the process."""
        return {**vars(self), "measure": None}

    @property
    def _tried(self) -> Columns | None:
        return columns(self.tried)


def verdict_of(results: Iterable[Result]) -> Verdict:
    """Return the worst verdict of some results: WRONG, FLAWED, UNVERIFIED, or else CORRECT."""
    return worst(result.verdict for result in results)
