"""Slopes that nothing shows at the size of an input: those beside a minimum, measured at steps of size 1."""

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


def measure_further(point: Point, argnum: int, rng: Rng) -> Measurement | None:
    """Return what steps of size 1 show of an input whose own size shows nothing, or None.

    In ``sqrt(1 + x²) − 1`` at 1e-7 the 1 swallows x², and output and slope seem to be zero. A difference is
    one only if no excuse explains it, and if it comes up again with a fresh direction and cotangent.
    """
    x = point.trial.primals[argnum]
    if not x.size > 0 or not rms(x) < SMALL:
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
    scatter = measure_scatter(at_own_size(line), line.v, 1.0, rng)
    return compare_rounded(line, comparison, measured.slope, scatter)


def _measure(point: Point, argnum: int, rng: Rng) -> Measurement | None:
    """Measure along one direction, with the noise that shows where forward moves; None where it does not."""
    near = point.near(argnum)
    v = REACH * direction(near, rng, Scaling.UNIT)
    line = Line(near, v)
    side = line.side(1.0)
    if side is None or not np.any(side.change):
        return None
    noise = measure_grain(near, v, measure_noise(line, rng))
    return measure_by_ladder(point, argnum, line, rng, noise)
