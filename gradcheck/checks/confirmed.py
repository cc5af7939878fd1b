"""A suspicion that comes up at one point only is no finding: it must come up again beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
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
        if compare(trial.beside(trial.rng("beside"))).verdict is Verdict.WRONG:
            return outcome
        return Outcome(Verdict.UNVERIFIED, "the two differ at this point, but not 0.1 % beside it")

    return confirmed
