"""Where zeros or equal entries meet, a map may be made of pieces, and a derived slope that of one of them.

A median of three equal entries has the same slope to both sides, that of the middle one of the moves, and no
kink shows along the line. A derivative chooses one of the entries, which is the right one of a piece beside.
"""

from __future__ import annotations

import numpy as np

from gradcheck._util import rms
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging.measurement import Measurement
from gradcheck.judging.tolerance import ROUNDING, K
from gradcheck.numerics import Line, divide_difference
from gradcheck.types import Array, Rng

POINTS = 5
"""So many points around, for each entry that ties, are asked for their slopes. The piece that an entry stands
for is left out in one case of 150; half as many leave it out in one of twelve, twice as many cost twice the
calls of a rare doubt."""
MOST_POINTS = 256
"""No more are asked, so that a blank image is not: of twice as many ties, more pieces are left out."""
DISTANCE = 2.0**-16
"""Relative distance of these points at most: so near, the slopes of a smooth map differ by as little. Twice
as far, a smooth map is excused for errors twice as large; half as far, steps meet more of the rounding."""
NEARER = 2.0**-6
"""They are no further than this part of the relative error, since over that distance the slopes of a smooth
map may differ by as much: half of it leaves less above rounding, twice as much excuses what bends more."""
STEP = 2.0**-11
"""The step of a slope is this part of the distance: it stays on its piece in all but one of a thousand."""


def is_of_a_piece(measured: Measurement, rng: Rng) -> bool:
    """Return whether the derived slope lies among those of the pieces that meet at a point with ties.

    Where rounding, or the bend of a smooth map, may move a slope as far as the derived one is off, there is
    nothing to be told of pieces.
    """
    trial, line, error = measured.point.trial, measured.line, abs(measured.comparison.error)
    ties = sum(int(np.count_nonzero(find_ties(trial.primals[i]))) for i in trial.active)
    if not 0.0 < error < np.inf:
        return False
    distance = min(DISTANCE, NEARER * error / (line.scale + error))
    above = below = False
    for _ in range(min(POINTS * ties, MOST_POINTS)):
        found = _slope_beside(measured, distance, rng)
        if found is None or not K * found[1] < error:
            continue
        slope, rounding = found
        above = above or slope + rounding >= line.predicted
        below = below or slope - rounding <= line.predicted
        if above and below:
            return True
    return False


def find_ties(x: Array) -> Array:
    """Return which entries are equal to another one."""
    _, back, counts = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray(counts[back.reshape(x.shape)] > 1)


def _slope_beside(measured: Measurement, distance: float, rng: Rng) -> tuple[float, float] | None:
    """Return the slope at a random point around, along the same line, with its rounding; None without one."""
    point = measured.point
    there = _part(point.trial, distance, rng)
    try:
        beside = Point.with_cotangent(there, there.forward(), point.y_bar)
        line = Line(beside.near(measured.argnum), measured.line.v)
        quotient = divide_difference(line, STEP * distance)
    except NothingToLearn:
        return None
    if quotient is None:
        return None
    rounding = ROUNDING * point.eps * abs(line.predicted)
    return line.predicted + float(quotient.slope[0]), float(quotient.floor[0]) + rounding


def _part(trial: Trial, distance: float, rng: Rng) -> Trial:
    """Return the trial with all entries moved a little, so that none are equal."""
    moved = list(trial.primals)
    for i in trial.active:
        x = trial.primals[i]
        moved[i] = trial.step_inside(i, distance * (rms(x) or 1.0) * rng.uniform(-1.0, 1.0, x.shape))
    return trial.at(tuple(moved))
