"""What a failing example looks like: its cotangent entry by entry, and the slope against the step."""

from __future__ import annotations

import numpy as np

from gradcheck._util import wide
from gradcheck.diagnosis.budget import Budget
from gradcheck.diagnosis.specimen import Specimen, calls_of
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Comparison, Curve
from gradcheck.numerics import Line, climb, direction, measure

PURPOSE = "finite-difference"
"""The generator of the check whose cotangent and direction are shown."""
WORK = 1000.0
"""Calls of small examples that a picture of the entries may take; a larger one is left out."""


def pictured(trial: Trial, block: int) -> tuple[Comparison | None, Curve | None]:
    """Return both of one input's cotangent, each None where it can't be measured."""
    rng = trial.rng(PURPOSE)
    try:
        point = Point.of(trial, rng)
        line = Line(point, block, direction(point, block, rng))
        return _compared(point, block), _curve(line)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None, None


def _compared(point: Point, block: int) -> Comparison | None:
    affordable = Budget(WORK).affords(point.trial, calls_of(point.trial, block, point.y.size))
    specimen = Specimen.of(point.trial, block) if affordable else None
    if specimen is None:
        return None
    y_bar, axes = wide(point.y_bar), point.y.ndim
    numerical = np.tensordot(y_bar, specimen.measured.value, axes)
    allowed = np.tensordot(np.abs(y_bar), specimen.allowed, axes)
    return Comparison(point.trial.bar(block), *map(np.asarray, (point.x_bar(block), numerical, allowed)))


def _curve(line: Line) -> Curve | None:
    rng = line.point.trial.rng("curve")
    noise = measure(line, rng)
    ladder = climb(line, noise, rng)
    if ladder.slope is None:
        return None
    steps = np.array([rung.h for rung in ladder.rungs])
    slopes = line.predicted + np.array([rung.mean for rung in ladder.rungs]) / steps
    return Curve(
        tuple(steps.tolist()),
        tuple(slopes.tolist()),
        tuple((np.array(ladder.sigma) / steps).tolist()),
        line.predicted,
        float(line.predicted + ladder.slope.value),
        float(ladder.slope.error),
    )
