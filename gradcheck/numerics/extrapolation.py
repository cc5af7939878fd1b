"""Least squares on powers of the step: the slope at step zero, and an error that can be believed.

The excess of a central difference over the derived gradient is ``d·h + c₁h³ + c₂h⁵ + … + noise``,
with noise of constant size, so d comes from an ordinary least-squares fit on odd powers of h.
Richardson extrapolation is the special case of a square system. The error bar has two parts:
noise propagated through the fit, and the residual carried over by the leverage of the first
power that the fit leaves out (docs/numerics.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gradcheck._util import slices
from gradcheck.types import Array

RATIO = 4.0
"""Each step of a ladder is a quarter of the one before."""
CENTRAL_POWERS = (1, 3, 5, 7, 9, 11)
"""Powers left in a central difference of a smooth function."""
ONE_SIDED_POWERS = (1, 2, 3, 4, 5, 6)
"""Powers left in a one-sided difference."""
JUMP_POWERS = (1, 2, 4, 6, 8, 10)
"""Powers of the difference of the two sides: linear only if the slope jumps."""
SPARE_POINTS = 2
"""A fit leaves at least so many points more than it has powers: without any, its residual says nothing."""
MISFIT = 8.0
"""A window whose residual exceeds the noise this many times holds structure, not noise."""
TOGETHER = 2**11
"""So many quantities are fitted at once: the residuals of all windows of one take some 20 kB."""


@dataclass(frozen=True)
class Fit:
    """The coefficients of h (q,), and their errors; an error is infinite where no window of steps fits."""

    value: Array
    error: Array


@dataclass(frozen=True)
class _Windows:
    """The constants of all fits to so many points: each takes the points from `start` on."""

    start: Array
    spare: Array
    solve: Array
    project: Array
    slope_norm: Array
    leverage: Array


@lru_cache(maxsize=256)
def _windows(points: int, powers: tuple[int, ...]) -> _Windows:
    """Return the constants of the fits; steps are 1, 1/4, 1/16, …, so they depend on the counts alone."""
    rows = []
    for start in range(points - SPARE_POINTS):
        left = points - start
        h = RATIO ** -np.arange(left)
        for count in range(1, min(left - SPARE_POINTS, len(powers) - 1) + 1):
            columns = np.stack([h**p for p in powers[:count]], axis=1)
            inverse = np.linalg.pinv(columns)
            project = np.eye(left) - columns @ inverse
            left_out = h ** powers[count]
            residual, carried = np.linalg.norm(project @ left_out), abs(float(inverse[0] @ left_out))
            solve, padded = np.zeros(points), np.zeros((points, points))
            solve[start:], padded[start:, start:] = inverse[0], project
            leverage = carried / residual if residual > 0.0 else np.inf
            rows.append((start, left - count, solve, padded, np.linalg.norm(inverse[0]), leverage))
    return _Windows(*(np.array(column) for column in zip(*rows, strict=True)))


def slopes_at_zero(h: Array, w: Array, sigma: Array, powers: tuple[int, ...]) -> Fit:
    """Return the linear coefficient of every w(h), from the window of steps with the smallest error bar.

    Parameters
    ----------
    h
        Steps (k,) in decreasing order with ratio `RATIO`.
    w, sigma
        The values (k, q) there, and their noise.
    powers
        Powers of h present in w, the linear one first.
    """
    if len(h) <= SPARE_POINTS:
        return Fit(np.zeros(w.shape[1]), np.full(w.shape[1], np.inf))
    windows = _windows(len(h), powers)
    parts = [_fit(h, w[:, s], sigma[:, s], windows) for s in slices(w.shape[1], TOGETHER)]
    if len(parts) == 1:
        return parts[0]
    return Fit(np.concatenate([p.value for p in parts]), np.concatenate([p.error for p in parts]))


def _fit(h: Array, w: Array, sigma: Array, windows: _Windows) -> Fit:
    unit = np.max(np.abs(w), axis=0)
    unit = np.where(unit == 0.0, 1.0, unit)  # nothing left to fit: the slope is 0 within the noise
    values, noise = w / unit, sigma / unit
    last = _norms(values[-3:], 0) / np.sqrt(len(values[-3:]))
    level = np.maximum.accumulate(noise[::-1])[::-1][windows.start]
    residuals = np.tensordot(windows.project, values, 1)
    misfit = _norms(residuals, 1)
    scatter = np.maximum(level, misfit / np.sqrt(windows.spare)[:, None])
    bars = scatter * windows.slope_norm[:, None] + windows.leverage[:, None] * misfit
    errors = bars / h[windows.start][:, None] * unit
    errors = np.where(scatter <= MISFIT * np.maximum(level, last), errors, np.inf)
    errors = np.where(np.isnan(errors), np.inf, errors)
    best, columns = np.argmin(errors, axis=0), np.arange(w.shape[1])
    slopes = np.sum(windows.solve[best].T * values, axis=0) / h[windows.start[best]] * unit
    found = errors[best, columns]
    return Fit(np.where(np.isfinite(found), slopes, 0.0), found)


def _norms(a: Array, axis: int) -> Array:
    """Return the Euclidean norms along an axis.

    Beside a large first step, numbers of later ones may be so small that their squares are zero.
    """
    largest = np.max(np.abs(a), axis=axis, keepdims=True)
    largest[largest == 0.0] = 1.0
    return np.asarray(np.sqrt(np.sum((a / largest) ** 2, axis=axis)) * np.squeeze(largest, axis))
