"""The Jacobian that a pullback computes, how far rounding moves it, and whether it is linear."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed, max_abs, widen
from gradcheck.diagnosis.jacobians import jitter_inputs
from gradcheck.evaluation import Trial
from gradcheck.judging import K
from gradcheck.numerics import narrow_unit
from gradcheck.types import Array

NONLINEAR = 1e-4
"""A sum of rows that is off by a smaller part may be rounding, in float32 too."""


def derive_jacobian(trial: Trial, argnum: int, y: Array) -> Array:
    """Return the Jacobian that the pullback computes, row by row."""
    _, pullback = trial.linearise()
    rows = []
    for index in np.ndindex(y.shape):
        one = np.zeros_like(y)
        one[index] = 1
        bar = pullback(one)[argnum]
        assert bar is not None
        rows.append(widen(bar))
    return np.stack(rows).reshape((*y.shape, *trial.primals[argnum].shape))


def pulled_scatter(trial: Trial, argnum: int, y: Array) -> Array:
    """Return how far rounding inside of the pullback moves each entry of the cotangent."""
    y_bar = draw_signed(y.shape, trial.rng("linear")).astype(y.dtype)
    bars = []
    for other in [trial, *jitter_inputs(trial, "scatter")]:
        _, pullback = other.linearise()
        bar = pullback(y_bar.copy())[argnum]
        assert bar is not None
        bars.append(widen(bar))
    changes = [np.abs(bar - bars[0]) for bar in bars[1:]]
    scatter = np.asarray(np.max(changes, axis=0))
    return np.where(np.isfinite(scatter), scatter, 0.0)


def is_additive(trial: Trial, argnum: int, y: Array, derived: Array, scatter: Array) -> bool:
    """Return whether the pullback of a dense cotangent is the sum of its rows, but for rounding.

    Where all terms of a cotangent cancel, rounding is all that is left of it: `scatter` says how much.
    """
    y_bar = draw_signed(y.shape, trial.rng("linear")).astype(y.dtype)
    _, pullback = trial.linearise()
    bar = pullback(y_bar.copy())[argnum]
    assert bar is not None
    terms = widen(y_bar).reshape((*y.shape, *(1 for _ in bar.shape))) * derived
    outputs = tuple(range(y.ndim))
    size, apart = np.abs(terms).sum(axis=outputs), np.abs(widen(bar) - terms.sum(axis=outputs))
    repeats = np.array_equal(bar, np.asarray(pullback(y_bar.copy())[argnum]))
    rounding = K * scatter * (1.0 + np.abs(y_bar).sum()) if repeats else 0.0
    coarse = K * narrow_unit([bar], float(np.finfo(np.float64).eps))
    return bool(np.all(apart <= max(NONLINEAR, coarse) * np.maximum(size, max_abs(size)) + rounding))
