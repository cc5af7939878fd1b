"""Whether a difference is rounding: computed again in the next wider precision, rounding goes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.types import Verdict


def beyond_rounding(compare: Callable[[Trial], Outcome]) -> Callable[[Trial], Outcome]:
    """Return a comparison whose WRONG must come up again in the next wider precision.

    Where terms cancel inside a pullback, moving its inputs by one ulp moves all of them alike,
    and the rounding that is left shows in no jitter. In a wider precision, compared as coarsely
    as before, it is gone; a mistake is not. A layer that does not keep a wider precision is
    judged as it is.
    """

    @wraps(compare)
    def compared(trial: Trial) -> Outcome:
        outcome = compare(trial)
        if outcome.verdict is not Verdict.WRONG:
            return outcome
        try:
            wider = trial.wider()
            again = outcome if wider is None else compare(replace(wider, coarse=_unit(trial)))
        except (BrokenContract, CannotVerify, LayerRaised):
            return outcome
        if again.verdict is not Verdict.CORRECT:
            return outcome
        return Outcome(Verdict.CORRECT, "both sides lose digits here; in a wider precision they agree")

    return compared


def _unit(trial: Trial) -> float:
    return max(float(np.finfo(trial.primals[i].dtype).eps) for i in trial.active)
