"""What a failing example looks like: its cotangent entry by entry, and the slope against the step."""

from __future__ import annotations

import numpy as np

from gradcheck.diagnosis.budget import VERY_SLOW, Budget, slowness
from gradcheck.diagnosis.specimen import Specimen, calls_of
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Curve, EntryComparison
from gradcheck.numerics import Line, direction, measure_slope
from gradcheck.types import Rng

PURPOSE = "finite-difference"
"""The generator of the check whose cotangent and direction are shown."""
WORK = 1000.0
"""Calls of small examples that a picture of the entries may take; a larger one is left out."""


def measure_plot_data(trial: Trial, argnum: int) -> tuple[EntryComparison | None, Curve | None]:
    """Return both of one input's cotangent, each None where it can't be measured or would take too long."""
    rng = trial.rng(PURPOSE)
    try:
        point = Point.of(trial, rng)
        near = point.near(argnum)
        line = Line(near, direction(near, rng))
        curve = None if slowness(trial) >= VERY_SLOW else _curve(line, trial.rng("curve"))
        return _comparison(point, argnum), curve
    except NothingToLearn:
        return None, None


def _comparison(point: Point, argnum: int) -> EntryComparison | None:
    affordable = Budget(WORK, slowness(point.trial)).affords(
        point.trial, calls_of(point.trial, argnum, point.y.size)
    )
    specimen = Specimen.of(point.trial, argnum) if affordable else None
    if specimen is None:
        return None
    numerical, allowed = specimen.pull_back(point.y_bar)
    derived = np.asarray(point.x_bar(argnum))
    return EntryComparison(point.trial.cotangent_name(argnum), derived, numerical, allowed)


def _curve(line: Line, rng: Rng) -> Curve | None:
    slope = measure_slope(line, rng)
    ladder = slope.ladder
    if ladder is None or not np.isfinite(slope.error):
        return None
    steps = ladder.steps
    slopes = line.predicted + np.array([float(rung.mean[0]) for rung in ladder.rungs]) / steps
    return Curve(
        tuple(steps.tolist()),
        tuple(slopes.tolist()),
        tuple((ladder.sigma[:, 0] / steps).tolist()),
        line.predicted,
        line.predicted + slope.value,
        slope.error,
    )
