"""The ladder for many quantities at once: as in `ladder`, with an error bar for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.numerics.extrapolation import CENTRAL, JUMP, RATIO, slopes_at_zero
from gradcheck.numerics.ladder import CONTINUOUS, FEWEST_RUNGS, SETTLED
from gradcheck.types import Array, Rng

CURVING = 8.0
"""Rounding units of x by which a smooth slope may move from one side to the other."""


@dataclass(frozen=True)
class Sides:
    """Both sides of a step: each quantity less its value at x, above, and its value at x less that below.

    `size` is the magnitude at which it was rounded, `change` how far the output behind it moved.
    """

    plus: Array
    minus: Array
    size: Array
    change: Array


@dataclass(frozen=True)
class Slopes:
    """The slopes of many quantities along one line.

    Parameters
    ----------
    value, error
        The slopes at step zero and their error bars, infinite where no step size settles them.
    jump
        By how many error bars the one-sided slopes differ: at a kink, many.
    """

    value: Array
    error: Array
    jump: Array


def slopes(sides: Callable[[float], Sides | None], noise: Array, eps: float, most: int, rng: Rng) -> Slopes:
    """Climb down from a step near half of the line's unit until every quantity has settled.

    Parameters
    ----------
    sides
        Takes a step; None where it leaves the domain, which starts the ladder anew below.
    noise
        How far rounding moves each quantity.
    eps
        The rounding unit of the forward map.
    most
        How many steps at most.
    rng
        Draws the first step.
    """
    h = float(rng.uniform(0.25, 0.5))
    climbed: list[tuple[float, Sides]] = []
    continuous = np.zeros(noise.shape, dtype=bool)
    value, error = np.zeros(noise.shape), np.full(noise.shape, np.inf)
    for _ in range(most):
        found = sides(h)
        if found is None:
            climbed, continuous = [], np.zeros(noise.shape, dtype=bool)
        else:
            if climbed:
                continuous |= _shrinks(climbed[-1][1], found, noise)
            climbed.append((h, found))
        if found is not None and len(climbed) >= FEWEST_RUNGS:
            value, error = _fitted(climbed, noise, eps, CENTRAL)
            if np.all(continuous & (noise / h >= SETTLED * error)):
                break
        h /= RATIO
    if len(climbed) < FEWEST_RUNGS:
        return Slopes(np.zeros(noise.shape), np.full(noise.shape, np.inf), np.zeros(noise.shape))
    jump, bar = _fitted(climbed, noise, eps, JUMP)
    curvature = np.max([np.abs(s.plus - s.minus) / t**2 for t, s in climbed[:3]], axis=0)
    bars = bar + CURVING * eps * curvature
    jumps = np.divide(np.abs(jump), bars, out=np.zeros_like(bars), where=(bars > 0.0) & np.isfinite(bars))
    return Slopes(value, np.where(continuous, error, np.inf), jumps)


def _fitted(
    climbed: list[tuple[float, Sides]], noise: Array, eps: float, powers: tuple[int, ...]
) -> tuple[Array, Array]:
    steps = np.array([h for h, _ in climbed])
    sigma = np.stack([np.maximum(noise, eps * s.size / np.sqrt(2.0)) for _, s in climbed])
    if powers is JUMP:
        w = np.stack([s.plus - s.minus for _, s in climbed])
    else:
        w = np.stack([0.5 * (s.plus + s.minus) for _, s in climbed])
    return slopes_at_zero(steps, w, sigma, powers)


def _shrinks(before: Sides, after: Sides, level: Array) -> Array:
    return np.asarray((after.change <= CONTINUOUS * before.change) | (after.change <= level))
