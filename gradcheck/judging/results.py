"""Two results of one trial, compared within rounding and within what its layer declares."""

from __future__ import annotations

from collections.abc import Callable

from gradcheck._util import identical, max_abs_difference
from gradcheck.evaluation import Trial
from gradcheck.judging.tolerance import Agreement, compare_arrays
from gradcheck.types import Array


def compare_results(
    trial: Trial,
    value: Array,
    reference: Array,
    scatter: Callable[[], Array],
    eps: float,
    terms: float = 0.0,
    factor: float = 1.0,
) -> Agreement:
    """Compare two arrays as `compare_arrays` does, in the trial's coarser unit if it has one.

    A difference for which a declared tolerance was needed is kept, so that one which is never needed is told.
    """
    coarse = compare_arrays(value, reference, scatter, max(eps, trial.coarse_unit), terms, factor)
    if coarse.agree and trial.layer.tolerances:
        fine = compare_arrays(value, reference, scatter, eps, terms, factor)
        if not fine.agree:
            trial.tolerate(relative_difference(value, factor * reference, terms))
    return coarse


def repeats(trial: Trial, again: Array, before: Array) -> bool:
    """Return whether a repeated call returned the same bits, or what is as near to them as is declared."""
    if identical(again, before):
        return True
    gap = relative_difference(again, before)
    if not gap <= trial.layer.nondeterministic:
        return False
    trial.tolerate(gap, trial.layer.nondeterministic_words)
    return True


def relative_difference(a: Array, b: Array, terms: float = 0.0) -> float:
    """Return the largest difference of two arrays as a part of the largest entry, or of `terms` if larger.

    It is infinite where they have other shapes, or are not finite in the same way.
    """
    if a.shape != b.shape:
        return float("inf")
    apart, most = max_abs_difference(a, b)
    size = max(most, terms)
    if apart == 0.0:
        return 0.0
    gap = float(apart / size) if size > 0.0 else float("inf")
    return gap if gap == gap else float("inf")
