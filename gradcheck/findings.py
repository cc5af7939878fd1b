"""The records in which a verdict travels: evidence, outcome at one example, result of a check, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradcheck.types import Verdict


@dataclass(frozen=True)
class Evidence:
    """One wrong entry: what was derived, what was measured, and how far apart the two may be.

    Parameters
    ----------
    what
        The array in which the entry stands, such as ``"w_bar"``.
    index
        The entry's index in it; None when the finding is about the array as a whole.
    derived, numerical
        The user's value and ours.
    error
        The uncertainty of `numerical`; 0 where it is exact.
    allowed
        The largest difference that `error` and rounding could explain.
    entries
        How many entries are wrong, of how many that were looked at.
    against
        What stands on our side: ``"numerical"``, ``"exact"``, ``"oracle"``, ``"expected"``.
    """

    what: str
    index: tuple[int, ...] | None
    derived: float
    numerical: float
    error: float
    allowed: float
    entries: tuple[int, int] | None = None
    against: str = "numerical"


@dataclass(frozen=True)
class Outcome:
    """What one check concluded at one example.

    Parameters
    ----------
    verdict
        Its verdict at this example.
    reason
        What follows "is wrong" or "is unverified"; empty when nothing needs saying.
    seen
        For each input that the check verified here, the smallest relative error it would have seen.
    locate
        Finds the worst wrong entry; called once, for the smallest failing example only.
    """

    verdict: Verdict
    reason: str = ""
    seen: Mapping[str, float] = field(default_factory=dict)
    locate: Callable[[], Evidence] | None = None


@dataclass(frozen=True)
class Example:
    """The input at which a finding was made, small enough to be read and enough to repeat it."""

    shapes: Mapping[str, tuple[int, ...]]
    options: Mapping[str, Any]
    primals: tuple[Any, ...]
    seed: int


@dataclass(frozen=True)
class Result:
    """What one check concluded about one layer.

    Parameters
    ----------
    check
        The check's name.
    verdict
        CORRECT, WRONG, UNVERIFIED, or NOT_APPLICABLE.
    reason
        Why it is not CORRECT, or a note.
    examples, verified
        How many examples ran, and in how many of them something was verified.
    sensitivity
        The smallest relative error that would have been seen in every input; 0 for exact
        arithmetic, None where the check does not measure a size.
    evidence, example
        The worst entry of the smallest failing example, and that example.
    """

    check: str
    verdict: Verdict
    reason: str = ""
    examples: int = 0
    verified: int = 0
    sensitivity: float | None = None
    evidence: Evidence | None = None
    example: Example | None = None


@dataclass(frozen=True)
class Report:
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
    """

    layer: str
    inputs: tuple[str, ...]
    results: tuple[Result, ...]
    forward_calls: int
    vjp_calls: int
    seed: int

    @property
    def verdict(self) -> Verdict:
        """WRONG if any check says so, else UNVERIFIED if any could not see, else CORRECT."""
        verdicts = {result.verdict for result in self.results}
        if Verdict.WRONG in verdicts:
            return Verdict.WRONG
        if Verdict.UNVERIFIED in verdicts or Verdict.CORRECT not in verdicts:
            return Verdict.UNVERIFIED
        return Verdict.CORRECT

    @property
    def findings(self) -> tuple[Result, ...]:
        """The results that are WRONG, then those that are UNVERIFIED."""
        return tuple(r for v in (Verdict.WRONG, Verdict.UNVERIFIED) for r in self.results if r.verdict is v)

    @property
    def sensitivity(self) -> float | None:
        """The smallest relative error that the finite-difference check would have seen in every input."""
        return next((r.sensitivity for r in self.results if r.check == "finite-difference"), None)

    def __str__(self) -> str:
        """Return the findings in words, or the verdict in one line."""
        from gradcheck.explain.message import describe

        return describe(self)
