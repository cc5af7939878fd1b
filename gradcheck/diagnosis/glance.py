"""Why a cotangent is wrong at one point, where no Jacobian can be had: from a few slopes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from gradcheck._util import dot, norm
from gradcheck.diagnosis.arrangements import Key, turned
from gradcheck.diagnosis.excess import Excess, Meter
from gradcheck.diagnosis.mistakes import FACTORS
from gradcheck.diagnosis.wording import Subject, worded
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import ROUNDING, Cause, Diagnosis, K
from gradcheck.numerics import direction
from gradcheck.types import Array

DIRECTIONS = 4
"""A cause explains the slopes along so many directions."""


def glance(trial: Trial, block: int) -> Diagnosis:
    """Return a simple cause that explains the slopes along a few directions.

    A simple cause is undone by a change of the derived cotangent as a whole: divided by the factor,
    turned back, taken from the input whose cotangent it is. If that gives all measured slopes, it
    is one. Four directions at four forward calls each, whatever the size.
    """
    try:
        point = Point.of(trial, trial.rng("glance"))
        said = _undone(point, block)
    except NothingToLearn:
        return Diagnosis("", (), 0)
    subject = Subject(trial, block, point.y.ndim)
    size = trial.primals[block].size
    causes = tuple(Cause(key, worded(key, subject), 1, size) for key in said)
    return Diagnosis("", causes, 1 if causes else 0)


def _undone(point: Point, block: int) -> list[Key]:
    rng = point.trial.rng("glance")
    measured: list[tuple[Array, Excess]] = []
    for _ in range(DIRECTIONS):
        v = direction(point.near(block), rng)
        excess = Meter.of(point, block, v, rng).among(0, v.size)
        if excess is None:
            return []
        measured.append((v, excess))
    if not any(excess.shows for _, excess in measured):
        return []
    return [key for key, x_bar in _candidates(point, block) if _explains(point, block, x_bar, measured)]


def _candidates(point: Point, block: int) -> Iterator[tuple[Key, Array]]:
    """Yield what the right cotangent would be if a mistake were made."""
    x_bar = point.x_bar(block)
    yield ("sign",), -x_bar
    for factor in FACTORS:
        yield ("factor", factor), x_bar / factor
    for axis, size in enumerate(point.y.shape):
        yield ("times size", "output", (axis,)), x_bar / size
        yield ("divided by size", "output", (axis,)), x_bar * size
    yield ("times size", "output", "all"), x_bar / prod(point.y.shape)
    yield ("divided by size", "output", "all"), x_bar * prod(point.y.shape)
    for other in point.trial.active:
        if other != block and point.trial.primals[other].shape == x_bar.shape:
            yield ("input", point.trial.names[other]), point.x_bar(other)
    for key, arranged in turned(x_bar.shape):
        yield ("entries", *key), arranged(x_bar)


def _explains(point: Point, block: int, x_bar: Array, measured: list[tuple[Array, Excess]]) -> bool:
    """Return whether a cotangent has all measured slopes, where the derived one has not."""
    derived = point.x_bar(block)
    if np.array_equal(x_bar, derived):
        return False
    for v, excess in measured:
        numerical = float(dot(derived, v)) + excess.value
        rounding = ROUNDING * point.eps * norm(x_bar * v)
        if abs(float(dot(x_bar, v)) - numerical) > K * excess.error + rounding:
            return False
    return True
