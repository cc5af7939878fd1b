"""The ladder: central differences at ever smaller steps, until smaller steps teach nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.numerics.extrapolation import CENTRAL_POWERS, RATIO, Fit, slopes_at_zero
from gradcheck.numerics.line import Line, Rung
from gradcheck.types import Array, Rng

FIRST = (0.25, 0.5)
"""The first step, in units of the direction. It is random, so that no step is a power of two: a function of
period 2⁻ᵏ would look constant."""
MOST_RUNGS = {4: 12, 8: 22}
"""By the size of the floating-point type in bytes; wider types get `MOST_RUNGS_WIDE`."""
MOST_RUNGS_WIDE = 27
FEWEST_RUNGS = 6
NOISE_BOUND_RATIO = 8.0
"""Stop when the noise of the next rung alone is this many times the error bar."""
CONTINUOUS = 0.6
"""Every output must move less than this part of its last move when the step is quartered."""
UNITS = 4.0
"""Units of numbers of size 1 by which an output moves at most at the last step that moves it: it moves by
less than one at a quarter of that step. Half as many leave some unseen; twice as many ask no others."""
PART_OF_UNIT = 0.6
"""The noise of an output, as a part of its last move: roundings are 0.3 units, and that move is half a unit
at least. Half of it makes some error bars untrue, twice of it all of them wider."""


def most_rungs(dtype: np.dtype[Any]) -> int:
    """Return how many steps at most are worth while in a floating-point type."""
    return MOST_RUNGS.get(dtype.itemsize, MOST_RUNGS_WIDE)


@dataclass(frozen=True)
class Ladder:
    """The rungs that were climbed, the noise (k, q) of each, and the slopes that they leave.

    `continuous` says of each quantity whether the outputs behind it moved less as the step shrank.
    """

    rungs: tuple[Rung, ...]
    sigma: Array
    fit: Fit
    continuous: Array

    @property
    def steps(self) -> Array:
        """The steps (k,), the largest first."""
        return np.array([rung.h for rung in self.rungs])


def climb(line: Line, noise: Array, level: Array, rng: Rng) -> Ladder:
    """Climb from a step near half of the line's unit down, and fit what is left.

    A rung that leaves the domain starts the ladder anew below it.

    Parameters
    ----------
    line
        The line, with what is read along it.
    noise
        How far rounding moves each quantity (q,).
    level
        How far it moves each of the outputs behind them.
    rng
        Draws the first step.
    """
    h = float(rng.uniform(*FIRST))
    rungs: list[Rung] = []
    still = np.zeros(noise.shape, dtype=bool)
    continuous, fit = still, Fit(np.zeros(noise.shape), np.full(noise.shape, np.inf))
    for _ in range(most_rungs(line.near.x.dtype)):
        rung = line.rung(h)
        if rung is None:
            rungs, continuous = [], still
        else:
            if rungs:
                continuous = continuous | _shrinks(rungs[-1], rung, level, noise.size)
            rungs.append(rung)
            if len(rungs) >= FEWEST_RUNGS:
                fit = fit_slopes(rungs, _sigmas(rungs, noise))
                if np.all(continuous & (noise / h >= NOISE_BOUND_RATIO * fit.error)):
                    break
        h /= RATIO
    units = _find_units(rungs, line.near.eps) if rungs else np.zeros(0)
    if units.any():
        noise = np.maximum(noise, line.spread(PART_OF_UNIT * units))
    sigma = _sigmas(rungs, noise) if rungs else np.zeros((0, *noise.shape))
    if len(rungs) < FEWEST_RUNGS:
        fit = Fit(np.zeros(noise.shape), np.full(noise.shape, np.inf))
    elif units.any():
        fit = fit_slopes(rungs, sigma)
    return Ladder(tuple(rungs), sigma, fit, continuous)


def fit_slopes(rungs: Sequence[Rung], sigma: Array) -> Fit:
    """Return the slopes of the central differences at step zero."""
    h, means = np.array([rung.h for rung in rungs]), np.stack([rung.mean for rung in rungs])
    return slopes_at_zero(h, means, sigma, CENTRAL_POWERS)


def _sigmas(rungs: Sequence[Rung], noise: Array) -> Array:
    return np.stack([np.maximum(noise, rung.floor) for rung in rungs])


def _find_units(rungs: Sequence[Rung], eps: float) -> Array:
    """Return the unit in which each output moves, where it stands still at the last step; 0 elsewhere.

    An output that moves by a few units of numbers of size 1, and at a smaller step not at all, is rounded to
    such units, however small it is itself: below, every difference is zero, and none is a slope.
    """
    changes = np.stack([rung.change for rung in rungs])
    smallest = np.min(np.where(changes > 0.0, changes, np.inf), axis=0)
    return np.where((changes[-1] == 0.0) & (smallest <= UNITS * eps), smallest, 0.0)


def _shrinks(before: Rung, after: Rung, level: Array, quantities: int) -> Array:
    """Return of which quantities the outputs moved less: one that adds up all of them needs them all."""
    shrinks = (after.change <= CONTINUOUS * before.change) | (after.change <= level)
    return np.asarray(shrinks if shrinks.shape == (quantities,) != (1,) else np.all(shrinks).reshape(1))
