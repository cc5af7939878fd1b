"""What a layer declares may differ beyond rounding: how much of it was needed, or that none was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gradcheck._util import Record
from gradcheck.judging import Result
from gradcheck.types import Verdict

DECIDING = {"accuracy": "finite-difference", "nondeterministic": "determinism"}
"""Without this check among them, results don't tell whether a tolerance is needed."""


@dataclass(frozen=True)
class Tolerance(Record):
    """One declared tolerance, and what became of it.

    Parameters
    ----------
    declared
        The words that declare it.
    found
        The largest relative difference for which it was needed, 0 where that was not measured; None where it
        was not needed.
    stale
        How that is known, of one that was never needed; else empty.
    """

    declared: str
    found: float | None
    stale: str = ""

    @property
    def row(self) -> tuple[str, str] | None:
        """A label and a text for reports; None where there is nothing to say."""
        if self.stale:
            return "stale", f"{self.declared} was not needed: {self.stale}"
        if self.found is None:
            return None
        if self.found == 0.0:
            return "tolerance", f"{self.declared} was needed"
        what = "repeated calls differ by" if self.declared.startswith("non") else "agrees to"
        return "tolerance", f"{what} {self.found:.0e}; declared {self.declared}"


def sum_up_tolerances(declared: Iterable[str], results: Sequence[Result]) -> tuple[Tolerance, ...]:
    """Return what the results of some checks say about each declared tolerance.

    Parameters
    ----------
    declared
        The words that declare them.
    results
        Of all checks that ran.
    """
    tolerances = []
    for words in declared:
        gaps = [result.tolerated[words] for result in results if words in result.tolerated]
        tolerances.append(Tolerance(words, max(gaps, default=None), "" if gaps else _stale(words, results)))
    return tuple(tolerances)


def _stale(words: str, results: Sequence[Result]) -> str:
    """Return how it is known that a tolerance is not needed, or nothing where it is not known."""
    field = words.partition("=")[0]
    decided = next((r for r in results if r.check == DECIDING[field]), None)
    if decided is None or decided.verdict is not Verdict.CORRECT:
        return ""
    if field == "nondeterministic":
        return "repeated calls returned the same bits"
    if decided.sensitivity is None:
        return ""
    return f"slopes agree without it, and a difference of {decided.sensitivity:.0e} would have been seen"
