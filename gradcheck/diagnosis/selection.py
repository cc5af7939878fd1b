"""Which examples a diagnosis compares: failing ones and right ones, of every option and of many sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.diagnosis.budget import Budget
from gradcheck.diagnosis.screening import CALLS, looks_wrong
from gradcheck.diagnosis.specimen import MOST_ROWS, Specimen, calls_of
from gradcheck.evaluation import Trial

SPECIMENS = 6
"""Failing examples that a cause must explain, all of them."""
RIGHT = 4
"""Examples where the gradient is right, in which a cause must have been right too."""
TRIED = 4
"""So many times as many examples are measured at most: some sit on a kink, or are off by rounding alone."""
SLIGHT = 1e-3
"""An example that is off by a smaller part than this of what others are, is off by rounding."""
TINY = 8
"""In an example of fewer entries most mistakes look alike: a flip is a roll, a sum is a copy."""
LARGE = 40
"""An example of more entries comes last: its Jacobian takes as many calls as several small ones'."""
SHARE = 0.6
"""The part of the budget that Jacobians may take; the rest is for mistakes that have to be measured."""


@dataclass
class Chosen:
    """Examples of one input in which its cotangent is wrong, and some in which it is right."""

    failing: list[Specimen] = field(default_factory=list)
    right: list[Specimen] = field(default_factory=list)


def chosen(trials: Iterable[Trial], argnum: int, budget: Budget, most: int = SPECIMENS) -> Chosen:
    """Return examples that differ as much as they can: first those with an option or a size not seen yet.

    Parameters
    ----------
    trials
        Examples in which it may fail.
    argnum
        The leaf of the inputs whose cotangent is wrong.
    budget
        What may be spent.
    most
        So many failing examples are enough.
    """
    small = [
        trial for trial in trials if argnum in trial.active and 0 < trial.primals[argnum].size <= MOST_ROWS
    ]
    screened = [(trial, looks_wrong(trial, argnum)) for trial in small if budget.affords(trial, CALLS)]
    wrong = [trial for trial, looks in screened if looks]
    right = [trial for trial, looks in screened if looks is False]
    unclear = [trial for trial, looks in screened if looks is None]
    left = budget.left * (1.0 - SHARE)
    found = _specimens(wrong or [*right, *unclear], argnum, budget, most, left)
    failing = _telling([s for s in found if s.wrong.any() or not s.is_linear])[:most]
    beside = [s for s in found if s.is_linear and not s.wrong.any()]
    if failing and wrong:
        beside += _specimens(right, argnum, budget, RIGHT, left, [s.trial for s in failing])
    return Chosen(failing, [s for s in beside if not s.wrong.any() and s.measured.value.any()][:RIGHT])


def larger(
    trials: Iterable[Trial], argnum: int, budget: Budget, known: Sequence[Specimen], most: int = SPECIMENS
) -> list[Specimen]:
    """Return failing examples beside those that are known, larger ones first: they tell more apart."""
    seen = {id(s.trial) for s in known}
    others = [
        t for t in trials if id(t) not in seen and argnum in t.active and t.primals[argnum].size <= MOST_ROWS
    ]
    found: list[Specimen] = []
    for trial in sorted(others, key=lambda t: _narrow(t.primals[argnum].shape))[: TRIED * most]:
        calls = calls_of(trial, argnum, trial.primals[argnum].size)
        if budget.affords(trial, CALLS) and looks_wrong(trial, argnum) and budget.affords(trial, calls):
            specimen = Specimen.of(trial, argnum)
            found += [] if specimen is None or not specimen.wrong.any() else [specimen]
        if len(found) == most:
            break
    gap = max((s.gap for s in known), default=0.0)
    return [s for s in found if s.gap >= SLIGHT * gap and s.is_linear and s.measured.value.any()]


def _narrow(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return what orders shapes: those with many axes first along which more than two entries lie."""
    return -sum(size > 2 for size in shape), int(np.prod(shape))


def _specimens(
    trials: Sequence[Trial], argnum: int, budget: Budget, most: int, left: float, known: Sequence[Trial] = ()
) -> list[Specimen]:
    """Return so many examples with their Jacobians; the rest of the budget is left alone."""
    waiting, found = list(trials), list[Specimen]()
    seen = {feature for trial in known for feature in _features(trial)}
    for _ in range(min(TRIED * most, len(waiting))):
        trial = waiting.pop(min(range(len(waiting)), key=lambda i: (*_interest(waiting[i], argnum, seen), i)))
        calls = calls_of(trial, argnum, trial.primals[argnum].size)
        if not budget.affords(trial, calls, left):
            continue
        specimen = Specimen.of(trial, argnum)
        if specimen is not None:
            seen |= _features(trial)
            found.append(specimen)
        if len(_telling(found)) >= most:
            break
    return found


def _interest(trial: Trial, argnum: int, seen: set[Any]) -> tuple[bool, bool, int]:
    """Return what orders examples: those with nothing new last, then tiny and large ones."""
    size, new = trial.primals[argnum].size, len(_features(trial) - seen)
    return new == 0, not TINY <= size <= LARGE, -new


def _features(trial: Trial) -> set[Any]:
    """Return the options and the shapes of an example."""
    options = {("option", name, repr(value)) for name, value in trial.options.items()}
    return options | {("shape", i, x.shape) for i, x in enumerate(trial.primals)}


def _telling(found: Sequence[Specimen]) -> list[Specimen]:
    """Return the examples that say something: not those in which rounding alone is wrong.

    Where some Jacobians are not zero, one that is zero at a saturated point is not told from rounding.
    """
    alive = [s for s in found if s.measured.value.any() or not s.is_linear]
    kept = alive or list(found)
    most = max((s.gap for s in kept), default=0.0)
    return [s for s in kept if s.gap >= SLIGHT * most or not s.is_linear]
