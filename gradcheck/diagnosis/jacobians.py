"""The Jacobian of one input at one example: by central differences, and as the pullback has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import jitter, max_abs, widen
from gradcheck.evaluation import Trial, near_input
from gradcheck.numerics import Line, Quotient, divide_difference, extrapolate, line_of_outputs
from gradcheck.types import Array

STEP = 2.0**-9
"""The larger step of the central differences, relative to the entry or to a part of the input's size."""
FLOOR = 2.0**-4
"""Of the median of the input's entries, the part that an entry counts as at least: a zero has to move too."""
SMOOTH = 2.0**-10
"""Of the gap between two steps, so much may be left after extrapolation of a smooth map."""
ALIKE = 2.0**-6
"""The gap of an output counts as this part of the largest one at least."""
ROUGH = 2.0**-16
"""A gap that is a larger part of the slopes is looked at with a third step: a slope may have a kink there."""
UNEVEN = 0.125
"""By this part a gap may differ from a quarter of the one before."""
SETTLED = 1e-5
"""A Jacobian whose own error is a larger part of it shows nothing: a kink is near, or noise."""
SUMS = 4.0
"""Sums inside of forward leave a few times the rounding of their result."""
JITTERED = 3
"""Points one unit in the last place beside the example, which show what rounding inside of a layer does."""


@dataclass(frozen=True)
class QuickJacobian:
    """∂y/∂x as an array of the shape of y, then of x, and how far each entry may be off."""

    value: Array
    error: Array

    @property
    def is_resolved(self) -> bool:
        """Whether the measurement says anything."""
        finite = bool(np.all(np.isfinite(self.value)) and np.all(np.isfinite(self.error)))
        return finite and max_abs(self.error) <= SETTLED * max_abs(self.value)


def measured_jacobian(trial: Trial, argnum: int) -> QuickJacobian | None:
    """Return ∂y/∂x by central differences at two steps, extrapolated; None where a step leaves the domain.

    It is there to tell predictions apart, many of them: four forward calls an entry, and no ladder.
    """
    x = trial.primals[argnum]
    near = near_input(trial, argnum, trial.forward())
    base, ones = widen(near.y), np.ones(x.shape)
    noise = np.maximum(_unit(trial, argnum) * np.abs(base), _scatter(trial, base))
    columns, errors = [], []
    for entry, h in enumerate(steps(x).flat):
        column = _column(line_of_outputs(near, ones, entry), noise.ravel(), float(h))
        if column is None:
            return None
        columns.append(column[0])
        errors.append(column[1])
    shape = (*base.shape, *x.shape)
    return QuickJacobian(*(np.stack(parts, axis=-1).reshape(shape) for parts in (columns, errors)))


def _column(line: Line, noise: Array, h: float) -> tuple[Array, Array] | None:
    """Return the slopes of all outputs along one entry, extrapolated, and how far each may be off."""
    coarse, fine = divide_difference(line, h), divide_difference(line, h / 2)
    if coarse is None or fine is None:
        return None
    gap = np.abs(fine.slope - coarse.slope)
    size = max(max_abs(fine.slope), max_abs(coarse.slope)) or 1.0
    alike = np.where(gap > 0.0, np.maximum(gap, ALIKE * max_abs(gap)), 0.0)  # one may be small by chance
    error = alike * (SMOOTH + max_abs(gap) / size) + np.abs(2 * fine.bend - coarse.bend)
    error += _rounding(fine, noise, h / 2)
    if max_abs(gap) > ROUGH * size:
        finest = divide_difference(line, h / 4)
        if finest is None:
            return None
        expected = (fine.slope - coarse.slope) / 4  # of a smooth map, whose error goes with the square
        off = np.abs(finest.slope - fine.slope - expected)
        error = np.where(
            off > UNEVEN * np.abs(expected) + _rounding(finest, noise, h / 4), np.maximum(error, gap), error
        )
    return extrapolate(coarse, fine), error


def _rounding(quotient: Quotient, noise: Array, h: float) -> Array:
    return np.asarray(SUMS * (quotient.floor + (noise + max_abs(noise)) / (2.0 * h)))


def steps(x: Array) -> Array:
    """Return how far each entry moves at most: by a part of itself, or of most others where that is more.

    A single large entry says nothing of the scale on which outputs bend along the others.
    """
    sizes = np.abs(widen(x))
    typical = float(np.median(sizes[sizes > 0.0])) if np.any(sizes > 0.0) else 1.0 / FLOOR
    return np.asarray(STEP * np.maximum(sizes, FLOOR * typical))


def _unit(trial: Trial, argnum: int) -> float:
    """Return the unit in which outputs are rounded: float32's if forward casts them on the way.

    That is asked at a point beside, where no output is a round number by chance.
    """
    x = trial.primals[argnum]
    aside = x + steps(x) * trial.rng("unit").uniform(-1.0, 1.0, x.shape)
    aside = trial.clip(argnum, aside).astype(x.dtype)
    y = widen(trial.with_primal(argnum, aside).forward())
    cast = np.array_equal(y, y.astype(np.float32))
    return float(np.finfo(np.float32 if cast else x.dtype).eps)


def jitter_inputs(trial: Trial, seed: str) -> list[Trial]:
    """Return the example with every differentiable entry moved by a unit in its last place."""
    rng = trial.rng(seed)
    moved = []
    for _ in range(JITTERED):
        primals = list(trial.primals)
        for i in trial.active:
            x = primals[i]
            primals[i] = trial.clip(i, jitter(x, rng)).astype(x.dtype)
        moved.append(trial.at(tuple(primals)))
    return moved


def _scatter(trial: Trial, base: Array) -> Array:
    """Return how far rounding inside of forward moves each output: further where terms cancel."""
    changes = [np.zeros_like(base)]
    for other in jitter_inputs(trial, "scatter"):
        y = widen(other.forward())
        if y.shape == base.shape and np.all(np.isfinite(y)):
            changes.append(np.abs(y - base))
    return np.asarray(np.max(changes, axis=0))
