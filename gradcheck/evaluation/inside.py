"""The precision that a layer computes in inside, where that is less than what it takes and returns."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.trial import Trial
from gradcheck.types import Array, Rng

UNSEEN = 2.0**-40
"""A relative change that single precision can't hold, and double precision with twelve bits to spare."""


FEWEST_BITS = 7
"""Bits behind the point of a number of bfloat16, the narrowest type that is looked for: what has fewer in
all its entries is a sign or a count."""
MOST_BITS = 10
"""Those of float16, the next one: what has more is single precision, or double."""


def unit_inside(trial: Trial, rng: Rng) -> float:
    """Return the unit in which a layer of double precision rounds inside; 0 where that is its own."""
    if any(trial.primals[i].dtype != np.float64 for i in trial.active):
        return 0.0
    try:
        there = trial.neighbour(rng)
        y, pullback = there.linearise()
        bars = pullback(draw_signed(y.shape, rng).astype(y.dtype))
    except NothingToLearn:
        return 0.0
    bits = [_count_bits(a) for a in (y, *bars) if a is not None and a.dtype == np.float64]
    narrow = [count for count in bits if FEWEST_BITS <= count <= MOST_BITS]
    if narrow:
        return float(2.0 ** -min(narrow))
    return float(np.finfo(np.float32).eps) if _computes_in_single(trial, rng) else 0.0


def _count_bits(a: Array) -> int:
    """Return how many bits stand behind the point in the longest of all numbers."""
    stored = np.bitwise_or.reduce(np.ascontiguousarray(a).view(np.int64).ravel() & (2**52 - 1), initial=0)
    return 52 - ((int(stored) & -int(stored)).bit_length() - 1) if stored else 0


def _computes_in_single(trial: Trial, rng: Rng) -> bool:
    """Return whether forward or the pullback of a double precision layer rounds to float32 inside.

    Either all that comes back are numbers of float32, as random ones are by no chance, or nothing in it
    changes when every input changes by what no float32 can hold.
    """
    if any(trial.primals[i].dtype != np.float64 for i in trial.active):
        return False
    try:
        there = trial.neighbour(rng)  # where no entry is a round number
        y, pullback = there.linearise()
        y_bar = draw_signed(y.shape, rng).astype(y.dtype)
        bars = [bar for i, bar in enumerate(pullback(y_bar.copy())) if i in trial.active and bar is not None]
        if _is_single([y]) or _is_single(bars):
            return True
        return np.array_equal(y, _nudge(there, rng).forward()) and not np.array_equal(y, trial.forward())
    except NothingToLearn:
        return False


def _is_single(arrays: list[Array]) -> bool:
    are_round = all(np.array_equal(a, a.astype(np.float16)) for a in arrays)  # as signs and counts are
    return not are_round and all(np.array_equal(a, a.astype(np.float32)) for a in arrays)


def _nudge(trial: Trial, rng: Rng) -> Trial:
    moved = list(trial.primals)
    for i in trial.active:
        moved[i] = moved[i] * (1.0 + UNSEEN * rng.uniform(-1.0, 1.0, moved[i].shape))
    return trial.at(tuple(moved))
