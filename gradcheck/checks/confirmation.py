"""A WRONG of a comparison must come up again: beside the point, or in a wider precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np

from gradcheck.evaluation import Trial, computes_in_single
from gradcheck.judging import Outcome, recurs
from gradcheck.numerics import SINGLE
from gradcheck.types import Verdict


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
        if computes_in_single(trial, trial.rng("inside")):
            coarse = compare(replace(trial, coarse_unit=max(trial.coarse_unit, SINGLE)))
            if coarse.verdict is Verdict.CORRECT:
                return Outcome(
                    Verdict.CORRECT, "it computes in float32 inside, and is compared at that precision"
                )

        def wider() -> Trial | None:
            there = trial.wider()
            return None if there is None else replace(there, coarse_unit=_unit(trial))

        def differs(there: Trial) -> bool:
            return compare(there).verdict is not Verdict.CORRECT

        if recurs(differs, wider, otherwise=True):
            return outcome
        return Outcome(Verdict.CORRECT, "both sides lose digits here; in a wider precision they agree")

    return confirmed


def _unit(trial: Trial) -> float:
    return max(float(np.finfo(trial.primals[i].dtype).eps) for i in trial.active)
