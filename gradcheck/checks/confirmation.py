"""A WRONG of a comparison must come up again: beside the point, or in a wider precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from gradcheck._util import draw_signed
from gradcheck.evaluation import COARSE_UNITS, Trial, unit_inside
from gradcheck.judging import Outcome, recurs, relative_difference, repeats
from gradcheck.numerics import SINGLE
from gradcheck.types import Verdict

REPEATED = 4
"""Calls that are compared with the first: of two, those that differ least by chance would be half as far."""
MOST_MEASURED = 1e-6
"""Values that repeated calls change by no more, relatively, are noise from which slopes are told. Half of it
leaves wrong gradients of sums in single precision undecided; with a thousand times as much, functions that
oscillate fast are called wrong, whose slope is lost in the noise."""
SUMMED = 8.0
"""Two sides of several calls each may be so many times further apart than a call from its repetition. Half
of it is what sums of three calls come to; twice as much leaves undecided what is twice as wrong."""


def beside_too(compare: Callable[[Trial], Outcome]) -> Callable[[Trial], Outcome]:
    """Return a check whose WRONG must come up again at a point 0.1 % beside.

    Where maxima tie, two right implementations may choose different subgradients; beside
    the tie they may not.
    """

    @wraps(compare)
    def confirmed(trial: Trial) -> Outcome:
        outcome = compare(trial)
        if outcome.verdict is not Verdict.WRONG:
            return outcome
        if compare(trial.neighbour(trial.rng("beside"))).verdict is Verdict.WRONG:
            return outcome
        return Outcome(Verdict.UNVERIFIED, "the two differ at this point, but not 0.1 % beside it")

    return confirmed


def beyond_rounding(compare: Callable[[Trial], Outcome]) -> Callable[[Trial], Outcome]:
    """Return a comparison whose WRONG must come up again in the next wider precision.

    Where terms cancel inside a pullback, moving its inputs by one ulp moves all of them alike,
    and the rounding that is left shows in no jitter. In a wider precision, compared as coarsely
    as before, it is gone; a mistake is not. A layer that does not keep a wider precision is
    judged as it is, or, if it computes in single precision inside, by what that allows.
    """

    @wraps(compare)
    def confirmed(trial: Trial) -> Outcome:
        outcome = compare(trial)
        if outcome.verdict is not Verdict.WRONG:
            return outcome
        unit = unit_inside(trial, trial.rng("inside"))
        if unit > 0.0:
            coarse = compare(replace(trial, coarse_unit=max(trial.coarse_unit, unit)))
            if coarse.verdict is Verdict.CORRECT:
                kind = "float32" if unit == SINGLE else "a type narrower than float32"
                return Outcome(
                    Verdict.CORRECT, f"it computes in {kind} inside, and is compared at that precision"
                )

        def wider() -> Trial | None:
            there = trial.wider()
            return None if there is None else replace(there, coarse_unit=max(trial.coarse_unit, trial.eps))

        def differs(there: Trial) -> bool:
            return compare(there).verdict is not Verdict.CORRECT

        if recurs(differs, wider, otherwise=True):
            return _unsteady(compare, trial) or outcome
        return Outcome(Verdict.CORRECT, "both sides lose digits here; in a wider precision they agree")

    return confirmed


def of_a_function(measure: Callable[[Trial], Outcome]) -> Callable[[Trial], Outcome]:
    """Return a measurement whose WRONG is none where forward is another computation at each call.

    Noise of rounding is measured, and slopes are told from it. What draws at random has no slope to be told.
    """

    @wraps(measure)
    def confirmed(trial: Trial) -> Outcome:
        outcome = measure(trial)
        if outcome.verdict is not Verdict.WRONG:
            return outcome
        first, again = trial.forward(), trial.forward()
        if repeats(trial, again, first):
            return outcome
        gaps = (relative_difference(trial.forward(), first) for _ in range(REPEATED))
        gap = max(relative_difference(again, first), *gaps)
        if gap <= MOST_MEASURED:
            return outcome
        text = (
            f"forward returns other values when it is called again, by a relative {gap:.0e}: it has no slope"
        )
        return Outcome(Verdict.UNVERIFIED, text)

    return confirmed


def _unsteady(compare: Callable[[Trial], Outcome], trial: Trial) -> Outcome | None:
    """Return UNVERIFIED where repeated calls differ, and the two sides by no more than those may."""
    gap = _apart_when_repeated(trial)
    if gap == 0.0:
        return None
    unit = SUMMED * min(gap, 1.0) / COARSE_UNITS
    coarse = replace(trial, coarse_unit=max(trial.coarse_unit, unit))
    if compare(coarse).verdict is not Verdict.CORRECT:
        return None
    text = f"repeated calls differ by a relative {gap:.0e}, so the two sides can't be compared"
    return Outcome(Verdict.UNVERIFIED, text)


def _apart_when_repeated(trial: Trial) -> float:
    """Return how far outputs and cotangents of repeated calls are apart, relative to the largest entry."""
    y = trial.forward()
    y_bar = draw_signed(y.shape, trial.rng("repeated")).astype(y.dtype)
    gaps, first = [], trial.linearise()[1](y_bar.copy())
    for _ in range(REPEATED):
        again = trial.linearise()[1](y_bar.copy())
        pairs = [(trial.forward(), y), *((again[i], first[i]) for i in trial.active)]
        gaps += [relative_difference(a, b) for a, b in pairs if a is not None and b is not None]
    return max(gaps)
