"""A suspicion must come up again: at the same point, beside it, or in a wider precision."""

from __future__ import annotations

from collections.abc import Callable

from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial


def recurs(differs: Callable[[Trial], bool], there: Callable[[], Trial | None], *, otherwise: bool) -> bool:
    """Return whether a suspicion comes up at another trial.

    Parameters
    ----------
    differs
        Looks for it at a trial.
    there
        Returns the trial: the same point for fresh directions, one beside it, or one in a wider
        precision; None where there is no such trial.
    otherwise
        The answer where there is none, or nothing can be learnt there.
    """
    try:
        trial = there()
        return otherwise if trial is None else differs(trial)
    except NothingToLearn:
        return otherwise
