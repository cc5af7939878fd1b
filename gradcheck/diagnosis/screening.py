"""Whether an input's cotangent looks wrong at an example, by a few calls."""

from __future__ import annotations

import numpy as np

from gradcheck._util import dot, draw_signed, norm, widen
from gradcheck.diagnosis.jacobians import STEP, steps
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial

CALLS = 8
"""Calls that it takes."""
VISIBLE = 1e-8
"""A smaller part of the slope is not told from the rounding of two steps."""
SMOOTH = 2.0**-6
"""Of the gap between two steps, so much may be left after extrapolation."""


def looks_wrong(trial: Trial, argnum: int) -> bool | None:
    """Return whether derived and measured slope differ along one direction; None where that can't be said."""
    try:
        return _looks_wrong(trial, argnum)
    except NothingToLearn:
        return None


def _looks_wrong(trial: Trial, argnum: int) -> bool | None:
    rng = trial.rng("screening")
    x, y = trial.primals[argnum], trial.forward()
    y_bar = draw_signed(y.shape, rng).astype(y.dtype)
    v = draw_signed(x.shape, rng) * steps(x) / STEP
    _, pullback = trial.linearise()
    x_bar = pullback(y_bar.copy())[argnum]
    assert x_bar is not None
    slopes = []
    for h in (STEP, STEP / 2.0):
        sides = [np.asarray(x + t * v, dtype=x.dtype) for t in (h, -h)]
        if not all(trial.holds(argnum, side) for side in sides):
            return None
        up, down = (widen(trial.with_primal(argnum, side).forward()) for side in sides)
        if up.shape != y.shape or down.shape != y.shape:
            return None
        slopes.append(float(dot(widen(y_bar), up - down)) / (2.0 * h))
    coarse, fine = slopes
    size = max(norm(widen(x_bar) * v), abs(fine))
    apart = abs((4.0 * fine - coarse) / 3.0 - float(dot(widen(x_bar), v)))
    if not np.isfinite(apart):
        return None
    rounding = 4.0 * float(np.finfo(x.dtype).eps) * norm(widen(y_bar) * widen(y)) / STEP
    return bool(apart > VISIBLE * size + SMOOTH * abs(fine - coarse) + rounding)
