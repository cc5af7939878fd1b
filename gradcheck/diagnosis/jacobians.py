"""The Jacobian of one input at one example: by central differences, and as the pullback has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gradcheck._util import jitter, max_abs, widen
from gradcheck.evaluation import Trial
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
    base = widen(trial.forward())
    noise = np.maximum(_unit(trial, argnum) * np.abs(base), _scatter(trial, base))
    columns, errors = [], []
    for index, h in np.ndenumerate(steps(x)):
        column = _column(partial(_quotient, trial, argnum, base, noise, index), float(h))
        if column is None:
            return None
        columns.append(column[0])
        errors.append(column[1])
    shape = (*base.shape, *x.shape)
    return QuickJacobian(*(np.stack(parts, axis=-1).reshape(shape) for parts in (columns, errors)))


def _column(quotient: Callable[[float], _Quotient | None], h: float) -> tuple[Array, Array] | None:
    """Return the slopes of all outputs along one entry, extrapolated, and how far each may be off."""
    coarse, fine = quotient(h), quotient(h / 2)
    if coarse is None or fine is None:
        return None
    gap = np.abs(fine.slope - coarse.slope)
    size = max(max_abs(fine.slope), max_abs(coarse.slope)) or 1.0
    alike = np.where(gap > 0.0, np.maximum(gap, ALIKE * max_abs(gap)), 0.0)  # one may be small by chance
    error = alike * (SMOOTH + max_abs(gap) / size) + np.abs(2 * fine.bend - coarse.bend) + fine.rounding
    if max_abs(gap) > ROUGH * size:
        finest = quotient(h / 4)
        if finest is None:
            return None
        expected = (fine.slope - coarse.slope) / 4  # of a smooth map, whose error goes with the square
        off = np.abs(finest.slope - fine.slope - expected) > UNEVEN * np.abs(expected) + finest.rounding
        error = np.where(off, np.maximum(error, gap), error)
    return (4 * fine.slope - coarse.slope) / 3, error


def steps(x: Array) -> Array:
    """Return how far each entry moves at most: by a part of itself, or of most others where that is more.

    A single large entry says nothing of the scale on which outputs bend along the others.
    """
    sizes = np.abs(widen(x))
    typical = float(np.median(sizes[sizes > 0.0])) if np.any(sizes > 0.0) else 1.0 / FLOOR
    return np.asarray(STEP * np.maximum(sizes, FLOOR * typical))


@dataclass(frozen=True)
class _Quotient:
    """A central difference; `bend` is how far its sides differ, which at a kink no step makes less."""

    slope: Array
    bend: Array
    rounding: Array


def _quotient(
    trial: Trial, argnum: int, base: Array, noise: Array, index: tuple[int, ...], step: float
) -> _Quotient | None:
    """Return the central difference along one entry; None where a step leaves the domain."""
    x = trial.primals[argnum]
    low, high = trial.bounds(argnum)
    sides, places = [], []
    for sign in (1.0, -1.0):
        moved = x.copy()
        moved[index] += sign * step
        if not low <= moved[index] <= high:
            return None
        sides.append(widen(trial.with_primal(argnum, moved).forward()))
        places.append(float(moved[index]))
    up, down = sides
    if up.shape != base.shape or down.shape != base.shape:
        return None
    apart = places[0] - places[1]
    unit = float(np.finfo(x.dtype).eps)
    rounding = SUMS * (noise + max_abs(noise) + unit * np.abs(up)) / apart
    return _Quotient((up - down) / apart, (up + down - 2 * base) / apart, rounding)


def _unit(trial: Trial, argnum: int) -> float:
    """Return the unit in which outputs are rounded: float32's if forward casts them on the way.

    That is asked at a point beside, where no output is a round number by chance.
    """
    x = trial.primals[argnum]
    aside = x + steps(x) * trial.rng("unit").uniform(-1.0, 1.0, x.shape)
    aside = np.clip(aside, *trial.bounds(argnum)).astype(x.dtype)
    y = widen(trial.with_primal(argnum, aside).forward())
    cast = np.array_equal(y, y.astype(np.float32))
    return float(np.finfo(np.float32 if cast else x.dtype).eps)


def jittered(trial: Trial, seed: str) -> list[Trial]:
    """Return the example with every differentiable entry moved by a unit in its last place."""
    rng = trial.rng(seed)
    moved = []
    for _ in range(JITTERED):
        primals = list(trial.primals)
        for i in trial.active:
            x = primals[i]
            primals[i] = np.clip(jitter(x, rng), *trial.bounds(i)).astype(x.dtype)
        moved.append(trial.at(tuple(primals)))
    return moved


def _scatter(trial: Trial, base: Array) -> Array:
    """Return how far rounding inside of forward moves each output: further where terms cancel."""
    changes = [np.zeros_like(base)]
    for other in jittered(trial, "scatter"):
        y = widen(other.forward())
        if y.shape == base.shape and np.all(np.isfinite(y)):
            changes.append(np.abs(y - base))
    return np.asarray(np.max(changes, axis=0))
