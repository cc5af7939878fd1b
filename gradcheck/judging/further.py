"""Slopes that nothing shows beside a point: near a minimum, and where a constant swallows their digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck._util import rms
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point
from gradcheck.judging.excuses import at_own_size, excuse
from gradcheck.judging.measurement import Measurement, measure_by_ladder
from gradcheck.judging.tolerance import Comparison, compare_rounded
from gradcheck.numerics import REACH, Line, Scaling, direction, measure_grain, measure_noise, measure_scatter
from gradcheck.types import Rng

SMALL = 2.0**-6
"""An input whose root mean square is smaller is looked at on the scale of 1, at which functions bend. Half of
it leaves a little more unseen; at twice of it both scales show the same."""

BESIDE = 2.0**-6
"""The part of a line over which the derived slope of another input is a smooth curve, but for its rounding.
Over four times as much an exponential is none; over a quarter of it fewer of its roundings show."""


def measure_further(point: Point, argnum: int, rng: Rng) -> Measurement | None:
    """Return what longer steps show of an input where nothing shows beside the point, or None.

    In ``sqrt(1 + x²) − 1`` at 1e-7 the 1 swallows x², in ``log(1 + exp(x))`` at −30 the exponential: output
    and slope seem to be zero. A difference is one only if no excuse explains it, and if it comes up again
    with a fresh direction and cotangent.
    """
    if not point.trial.primals[argnum].size > 0:
        return None
    found = _measure(point, argnum, rng)
    if found is None or not (found.comparison.agrees or found.comparison.differs):
        return None
    if found.comparison.agrees:
        return found
    comparison = _excuse(found, rng)
    if not comparison.differs:
        return None
    try:
        again = _measure(Point.of(point.trial, rng, point.y_bar), argnum, rng)
    except NothingToLearn:
        return None
    if again is None or not again.comparison.differs or not _excuse(again, rng).differs:
        return None
    return replace(found, comparison=comparison)


def _excuse(measured: Measurement, rng: Rng) -> Comparison:
    """Return how something explains a difference: the derived slope may lose digits at its own size."""
    comparison = excuse(measured, rng)
    if not comparison.differs:
        return comparison
    line = measured.line
    is_small = rms(line.near.x) < SMALL
    beside, part = (at_own_size(line), 1.0) if is_small else (line, BESIDE)
    scatter = measure_scatter(beside, line.v, part, rng)
    return compare_rounded(line, comparison, measured.slope, scatter)


def _measure(point: Point, argnum: int, rng: Rng) -> Measurement | None:
    """Measure along one direction, with the noise that shows where forward moves; None where it does not.

    A small input takes steps of size 1. At its own scale another one was measured already, so that only more
    noise than was known then is a reason to measure it again.
    """
    near = point.near(argnum)
    is_small = rms(near.x) < SMALL
    v = REACH * direction(near, rng, Scaling.UNIT if is_small else Scaling.RELATIVE)
    line = Line(near, v)
    side = line.side(1.0)
    if side is None or not np.any(side.change):
        return None
    known = measure_noise(line, rng)
    noise = measure_grain(near, v, known) if is_small or known.is_quiet(near.eps) else known
    if not is_small and not noise.forward > known.forward:
        return None
    return measure_by_ladder(point, argnum, line, rng, noise)
