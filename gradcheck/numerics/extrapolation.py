"""Least squares on powers of the step: the slope at step zero, and an error that can be believed.

The excess of a central difference over the derived gradient is ``d·h + c₁h³ + c₂h⁵ + … + noise``,
with noise of constant size, so d comes from an ordinary least-squares fit on odd powers of h.
Richardson extrapolation is the special case of a square system. The error bar has two parts:
noise propagated through the fit, and the residual carried over by the leverage of the first
power that the fit leaves out (numerics, section 2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gradcheck.types import Array

RATIO = 4.0
"""Each step of a ladder is a quarter of the one before."""
CENTRAL = (1, 3, 5, 7, 9, 11)
"""Powers left in a central difference of a smooth function."""
ONE_SIDED = (1, 2, 3, 4, 5, 6)
"""Powers left in a one-sided difference."""
JUMP = (1, 2, 4, 6, 8, 10)
"""Powers of the difference of the two sides: linear only if the slope jumps."""
SPARE_POINTS = 2
MISFIT = 8.0
"""A window whose residual exceeds the noise this many times holds structure, not noise."""


@dataclass(frozen=True)
class Slope:
    """The coefficient of h, its error, and the first rung of the window that it was read from."""

    value: float
    error: float
    start: int


@dataclass(frozen=True)
class _Window:
    solve: Array
    project: Array
    slope_norm: float
    leverage: float


@lru_cache(maxsize=1024)
def _window(points: int, powers: tuple[int, ...], next_power: int) -> _Window:
    """Return the constants of a fit; steps are 1, 1/4, 1/16, …, so they depend on the counts alone."""
    h = RATIO ** -np.arange(points)
    columns = np.stack([h**p for p in powers], axis=1)
    solve = np.linalg.pinv(columns)
    project = np.eye(points) - columns @ solve
    left_out = h**next_power
    residual = float(np.linalg.norm(project @ left_out))
    carried = abs(float(solve[0] @ left_out))
    leverage = carried / residual if residual > 0.0 else np.inf
    return _Window(solve[0], project, float(np.linalg.norm(solve[0])), leverage)


def slope_at_zero(
    h: Sequence[float], w: Sequence[float], sigma: Sequence[float], powers: tuple[int, ...]
) -> Slope | None:
    """Return the linear coefficient of w(h), from the window of rungs with the smallest error bar.

    Parameters
    ----------
    h, w, sigma
        Steps in decreasing order with ratio `RATIO`, the values there, and their noise.
    powers
        Powers of h present in w, the linear one first.
    """
    best: Slope | None = None
    values, noise = np.asarray(w, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    unit = float(np.max(np.abs(values)))
    if unit == 0.0:
        unit = 1.0  # nothing left to fit: the slope is 0 within the noise
    values, noise = values / unit, noise / unit
    last = float(np.sqrt(np.mean(values[-3:] ** 2)))
    for start in range(len(values) - SPARE_POINTS):
        points = len(values) - start
        for count in range(1, min(points - SPARE_POINTS, len(powers) - 1) + 1):
            window = _window(points, powers[:count], powers[count])
            residual = window.project @ values[start:]
            misfit = float(np.sqrt(residual @ residual))
            level = float(np.max(noise[start:]))
            scatter = max(level, misfit / np.sqrt(points - count))
            if scatter > MISFIT * max(level, last):
                continue
            error = (scatter * window.slope_norm + window.leverage * misfit) / h[start] * unit
            if best is None or error < best.error:
                best = Slope(float(window.solve @ values[start:]) / h[start] * unit, float(error), start)
    return best


def slopes_at_zero(h: Array, w: Array, sigma: Array, powers: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the linear coefficient of every column of w, and its error: `slope_at_zero` for many at once.

    Parameters
    ----------
    h
        Steps in decreasing order with ratio `RATIO`.
    w, sigma
        Values there and their noise, of shape ``(len(h), n)``.
    powers
        As for `slope_at_zero`.

    Returns
    -------
    value, error
        Of shape ``(n,)``; the error is infinite where no window fits.
    """
    unit = np.max(np.abs(w), axis=0)
    unit = np.where(unit == 0.0, 1.0, unit)
    values, noise = w / unit, sigma / unit
    last = np.sqrt(np.mean(values[-3:] ** 2, axis=0))
    best, bars = np.zeros(w.shape[1]), np.full(w.shape[1], np.inf)
    for start in range(len(h) - SPARE_POINTS):
        points = len(h) - start
        level = np.max(noise[start:], axis=0)
        for count in range(1, min(points - SPARE_POINTS, len(powers) - 1) + 1):
            window = _window(points, powers[:count], powers[count])
            residual = window.project @ values[start:]
            misfit = np.sqrt(np.sum(residual**2, axis=0))
            scatter = np.maximum(level, misfit / np.sqrt(points - count))
            error = (scatter * window.slope_norm + window.leverage * misfit) / h[start] * unit
            better = (scatter <= MISFIT * np.maximum(level, last)) & (error < bars)
            value = window.solve @ values[start:] / h[start] * unit
            best, bars = np.where(better, value, best), np.where(better, error, bars)
    return best, bars
