"""The precision that a layer computes in inside, where that is less than what it takes and returns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.trial import Trial
from gradcheck.numerics import HALF_BITS, NARROWEST_BITS, SINGLE, narrow_unit, unit_of_bits
from gradcheck.types import Array, Rng

UNSEEN = 2.0**-40
"""A relative change that single precision can't hold, and double precision with twelve bits to spare."""


def unit_inside(trial: Trial, rng: Rng) -> float:
    """Return the rounding unit of the type in which forward and the pullback compute inside; 0 of their own.

    A type narrower than float32 is declared, or shows in all that comes back.
    """
    if trial.layer.in_halves:
        bits = {"float16": HALF_BITS, "bfloat16": NARROWEST_BITS}
        return max(unit_of_bits(bits[name]) for name in trial.layer.halves)
    try:
        point = Point.of(trial.neighbour(rng), rng)  # where no entry is a round number
        bars = [point.x_bar(i) for i in trial.active]
        units = [narrow_unit(found, point.eps) for found in ([point.y], bars)]
        if all(units):
            return max(units)
        return SINGLE if _computes_in_single(trial, point, bars, rng) else 0.0
    except NothingToLearn:
        return 0.0


def in_double(trial: Trial) -> Trial:
    """Return a trial in float64, where forward and pullback take and compute in that; else the trial itself.

    There the formula shows, and not what single precision leaves of it.
    """
    if not any(trial.primals[i].dtype == np.float32 for i in trial.active):
        return trial
    double = to_double(trial)
    try:
        y = double.output()
        bars = double.pull_back(double.cotangent(y)).x_bars
    except NothingToLearn:
        return trial
    found = (y, *(bars[i] for i in trial.active))
    return double if all(a is not None and a.dtype == np.float64 for a in found) else trial


def to_double(trial: Trial) -> Trial:
    """Return a trial in float64, as if it had come in that, whatever the layer makes of it."""
    double = trial.cast(np.float64)
    return replace(double, dtypes=tuple(x.dtype for x in double.primals))


def _computes_in_single(trial: Trial, beside: Point, bars: list[Array], rng: Rng) -> bool:
    """Return whether forward or the pullback of a double precision layer rounds to float32 inside.

    Either all that comes back at a point beside are numbers of float32, as random ones are by no chance, or
    nothing in it changes when every input changes by what no float32 can hold.
    """
    if any(trial.primals[i].dtype != np.float64 for i in trial.active):
        return False
    y = beside.y
    if _is_single([y]) or _is_single(bars):
        return True
    return np.array_equal(y, _nudge(beside.trial, rng).forward()) and not np.array_equal(y, trial.forward())


def _is_single(arrays: list[Array]) -> bool:
    are_round = all(np.array_equal(a, a.astype(np.float16)) for a in arrays)  # as signs and counts are
    return not are_round and all(np.array_equal(a, a.astype(np.float32)) for a in arrays)


def _nudge(trial: Trial, rng: Rng) -> Trial:
    moved = list(trial.primals)
    for i in trial.active:
        moved[i] = moved[i] * (1.0 + UNSEEN * rng.uniform(-1.0, 1.0, moved[i].shape))
    return trial.at(tuple(moved))
