"""The same input gives the same bits, or what is as near to them as is declared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck._util import global_states
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome, relative_difference, repeats
from gradcheck.types import Array, Verdict

MEND = {
    "numpy.random": 'options={"rng": (np.random.default_rng(0),)}',
    "random": 'options={"rng": (random.Random(0),)}',
}
"""How one writes an option that is a generator, for each that everybody shares."""
MOST_UNSTEADY = 1e-3
"""Larger relative differences are no rounding, but another computation: how to declare them is not told.
Half of it leaves out sums of half precision; twice as much proposes to hide errors that people look for."""
REPEATED = 4
"""At a caller's own point, so many calls are compared with the first where inputs have few entries: what
is drawn for each of them may come out alike by chance. Half as many let a coin that is tossed for one entry
pass once in four times; twice as many take as long as all other checks."""
FEW = 64
"""Fewer entries than this are few. Half of it, or twice as much, is the same: sixteen coins never come out
alike."""
COMPILED = 16.0
"""Units in the last place of the largest entry by which calls may differ that were compiled in two ways. One
was seen; half is far above that still, and twice as much far below any nondeterminism that matters."""
ABOVE = 8.0
"""What is proposed lies above the difference of two calls by so much at least: other calls differ by more.
Half of it is too little where calls were near by chance; twice as much lets through errors twice as large."""


def determinism(trial: Trial) -> Outcome:
    """Call forward, vjp and pullback again and compare bit for bit with what they returned at first."""
    before = global_states()
    y = trial.output()
    y_bar = trial.cotangent(y)
    bars = trial.pull_back(y_bar).x_bars
    is_small = sum(trial.primals[i].size for i in trial.active) < FEW
    for _ in range(REPEATED if trial.is_user_point and is_small else 1):
        again = trial.forward()
        if not _repeats(trial, again, y):
            text = "forward, called twice with the same input, returns different values"
            return Outcome(Verdict.WRONG, text + _describe(trial, again, y, before))
        found = trial.linearise()[1](y_bar.copy(), copy=False)
        for argnum in trial.active:
            first, second = bars[argnum], found[argnum]
            assert first is not None
            assert second is not None
            if not _repeats(trial, second, first):
                name = trial.names[argnum]
                reason = f"the cotangent of {name!r}, computed twice from the same input, differs"
                return Outcome(Verdict.WRONG, reason + _describe(trial, second, first, before))
    return Outcome(Verdict.CORRECT)


def _repeats(trial: Trial, again: Array, first: Array) -> bool:
    """Return whether two calls gave the same, up to rounding where a framework promises no more."""
    framework = trial.layer.framework
    if repeats(trial, again, first):
        return True
    allows = framework is not None and not framework.repeats_bits
    return allows and relative_difference(again, first) <= COMPILED * trial.eps


def _describe(trial: Trial, again: Array, first: Array, before: dict[str, Any]) -> str:
    """Return how large a difference is, and its reason, or how one of rounding is declared."""
    gap = relative_difference(again, first)
    size = f" by a relative {gap:.0e}" if gap < np.inf else ""
    why = _why(trial, before)
    if why or not gap <= MOST_UNSTEADY:
        return size + why
    declared = trial.layer.nondeterministic
    if declared > 0.0:
        return f"{size}, which is more than the nondeterministic={declared:g} that is declared"
    proposed = 10.0 ** math.ceil(math.log10(ABOVE * gap))
    mend = f"declare Layer(…, nondeterministic={proposed:g})"
    return f"{size}: if it adds up in no fixed order, as atomic operations do, {mend}"


def _why(trial: Trial, before: dict[str, Any]) -> str:
    """Return what is known to differ from call to call, and how to mend it."""
    after = global_states()
    for name in before:
        if before[name] != after[name]:
            mend = "take a generator as an option, of which every call gets a copy in the same state"
            return f": it draws from {name}, which everybody shares; {mend}: {MEND[name]}"
    for name, value in trial.options.items():
        if isinstance(value, Iterator):
            return f": its option {name!r}, an iterator, is used up by the first call; pass a list or a tuple"
    return ""
