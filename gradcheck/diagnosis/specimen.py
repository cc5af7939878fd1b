"""A failing example with everything there is to know of it: the whole Jacobian, measured and derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck._util import largest, rms, signed, wide
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial
from gradcheck.judging import ROUNDING, K
from gradcheck.types import Array

STEP = 2.0**-9
"""The larger step of the central differences, relative to the entry or to the input's root mean square."""
MOST = 128
"""A Jacobian of more rows or columns is not measured: each is a call."""
SMOOTH = 2.0**-10
"""Of the gap between two steps, so much may be left after extrapolation of a smooth map."""
NONLINEAR = 1e-4
"""A sum of rows that is off by a smaller part may be rounding, in float32 too."""
SETTLED = 1e-5
"""A Jacobian whose own error is a larger part of it shows nothing: a kink is near, or noise."""


@dataclass(frozen=True)
class Jacobian:
    """∂y/∂x as an array of the shape of y, then of x, and how far each entry may be off."""

    value: Array
    error: Array

    @property
    def settled(self) -> bool:
        """Whether the measurement says anything."""
        finite = bool(np.all(np.isfinite(self.value)) and np.all(np.isfinite(self.error)))
        return finite and largest(self.error) <= SETTLED * largest(self.value)


@dataclass(frozen=True)
class Specimen:
    """One input of a layer at one example.

    `measured` holds finite differences of forward, `derived` the same Jacobian as the pullback
    has it, from cotangents with a single one; `linear` says whether it gives the same from any other.
    """

    trial: Trial
    block: int
    y: Array
    measured: Jacobian
    derived: Array
    linear: bool

    @classmethod
    def of(cls, trial: Trial, block: int) -> Specimen | None:
        """Return the specimen, or None where it is too large, can't be measured, or sits on a kink."""
        try:
            y = trial.forward()
            sizes = y.size, trial.primals[block].size
            if min(sizes) == 0 or max(sizes) > MOST:
                return None
            measured = jacobian(trial, block)
            if measured is None or not (measured.settled or not measured.value.any()):
                return None
            derived = pulled_jacobian(trial, block, y)
            linear = adds_up(trial, block, y, derived)
        except NothingToLearn:
            return None
        return cls(trial, block, wide(y), measured, derived, linear) if np.all(np.isfinite(derived)) else None

    @property
    def shape(self) -> tuple[int, ...]:
        """The input's shape."""
        return self.trial.primals[self.block].shape

    @property
    def outputs(self) -> tuple[int, ...]:
        """The axes of the Jacobian that are those of the output."""
        return tuple(range(self.y.ndim))

    @cached_property
    def allowed(self) -> Array:
        """How far two of these Jacobians may be apart, entry by entry."""
        unit = max(float(np.finfo(a.dtype).eps) for a in (self.trial.primals[self.block], self.y))
        rounding = ROUNDING * unit * max(largest(self.measured.value), largest(self.derived))
        return np.asarray(K * self.measured.error + rounding)

    @cached_property
    def wrong(self) -> Array:
        """Which entries of the derived Jacobian differ from the measured ones."""
        return np.asarray(np.abs(self.derived - self.measured.value) > self.allowed)

    @cached_property
    def mask(self) -> Array:
        """Which entries of the input's cotangent depend on a wrong entry of the Jacobian."""
        return np.asarray(self.wrong.any(axis=self.outputs))

    @cached_property
    def repeats(self) -> bool:
        """Whether the pullback gives the same cotangent when it is called again."""
        y_bar = signed(self.y.shape, self.trial.rng("linear"))
        _, pullback = self.trial.linearise()
        once, again = (pullback(y_bar.copy())[self.block] for _ in range(2))
        assert once is not None
        assert again is not None
        return np.array_equal(once, again)

    def differs(self, prediction: Array) -> bool:
        """Return whether a prediction of the derived Jacobian is another than the right one."""
        return bool(np.any(np.abs(prediction - self.measured.value) > self.allowed))  # never true of NaN

    def equals(self, prediction: Array, error: Array | float = 0.0) -> bool:
        """Return whether the derived Jacobian is this one; `error` is that of the prediction.

        Where the prediction is NaN it may be anything.
        """
        fits = np.abs(self.derived - prediction) <= self.allowed + K * error
        return bool(np.all(fits | np.isnan(prediction)))


def told(prediction: Array) -> bool:
    """Return whether a prediction says enough: it is not NaN in one entry of eight at least."""
    return bool(8 * np.count_nonzero(~np.isnan(prediction)) >= prediction.size)


def jacobian(trial: Trial, block: int) -> Jacobian | None:
    """Return ∂y/∂x by central differences at two steps, extrapolated; None where a step leaves the domain.

    It is there to tell predictions apart, many of them: four forward calls an entry, and no ladder.
    """
    x = trial.primals[block]
    typical = rms(x) or 1.0
    base, unit = wide(trial.forward()), _unit(trial, block, typical)
    columns, errors = [], []
    for index in np.ndindex(x.shape):
        h = STEP * max(abs(float(x[index])), typical)
        coarse, fine = (_quotient(trial, block, base, index, step, unit) for step in (h, h / 2))
        if coarse is None or fine is None:
            return None
        gap = np.abs(fine.slope - coarse.slope)
        size = max(largest(fine.slope), largest(coarse.slope)) or 1.0
        columns.append((4 * fine.slope - coarse.slope) / 3)
        errors.append(gap * (SMOOTH + gap / size) + np.abs(2 * fine.bend - coarse.bend) + fine.rounding)
    shape = (*base.shape, *x.shape)
    return Jacobian(*(np.stack(parts, axis=-1).reshape(shape) for parts in (columns, errors)))


@dataclass(frozen=True)
class _Quotient:
    """A central difference; `bend` is how far its sides differ, which at a kink no step makes less."""

    slope: Array
    bend: Array
    rounding: Array


def _quotient(
    trial: Trial, block: int, base: Array, index: tuple[int, ...], step: float, unit: float
) -> _Quotient | None:
    """Return the central difference along one entry; None where a step leaves the domain."""
    x = trial.primals[block]
    low, high = trial.bounds(block)
    sides, places = [], []
    for sign in (1.0, -1.0):
        moved = x.copy()
        moved[index] += sign * step
        if not low <= moved[index] <= high:
            return None
        sides.append(wide(trial.replaced(block, moved).forward()))
        places.append(float(moved[index]))
    up, down = sides
    if up.shape != base.shape or down.shape != base.shape:
        return None
    apart = places[0] - places[1]
    rounding = unit * (np.abs(up) + largest(up)) / apart
    return _Quotient((up - down) / apart, (up + down - 2 * base) / apart, rounding)


def _unit(trial: Trial, block: int, typical: float) -> float:
    """Return the unit in which outputs are rounded: float32's if forward casts them on the way.

    That is asked at a point beside, where no output is a round number by chance.
    """
    x = trial.primals[block]
    aside = np.clip(x + STEP * typical * trial.rng("unit").uniform(-1.0, 1.0, x.shape), *trial.bounds(block))
    y = wide(trial.replaced(block, aside.astype(x.dtype)).forward())
    cast = np.array_equal(y, y.astype(np.float32))
    return float(np.finfo(np.float32 if cast else x.dtype).eps)


def pulled_jacobian(trial: Trial, block: int, y: Array) -> Array:
    """Return the Jacobian that the pullback computes, row by row."""
    _, pullback = trial.linearise()
    rows = []
    for index in np.ndindex(y.shape):
        one = np.zeros_like(y)
        one[index] = 1
        bar = pullback(one)[block]
        assert bar is not None
        rows.append(wide(bar))
    return np.stack(rows).reshape((*y.shape, *trial.primals[block].shape))


def adds_up(trial: Trial, block: int, y: Array, derived: Array) -> bool:
    """Return whether the pullback of a dense cotangent is the sum of its rows, but for rounding."""
    y_bar = signed(y.shape, trial.rng("linear")).astype(y.dtype)
    _, pullback = trial.linearise()
    bar = pullback(y_bar.copy())[block]
    assert bar is not None
    terms = wide(y_bar).reshape((*y.shape, *(1 for _ in bar.shape))) * derived
    outputs = tuple(range(y.ndim))
    size, apart = np.abs(terms).sum(axis=outputs), np.abs(wide(bar) - terms.sum(axis=outputs))
    return bool(np.all(apart <= NONLINEAR * np.maximum(size, largest(size))))
