"""Whether an input's cotangent looks wrong at an example, by a few calls."""

from __future__ import annotations

from dataclasses import replace

from gradcheck._util import draw_signed, widen
from gradcheck.diagnosis.jacobians import STEP, steps
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial, near_input
from gradcheck.numerics import Line, divide_difference, extrapolate

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
    line = Line(replace(near_input(trial, argnum, y), y_bar=y_bar, x_bar=widen(x_bar)), v)
    coarse, fine = divide_difference(line, STEP), divide_difference(line, STEP / 2.0)
    if coarse is None or fine is None:
        return None
    size = max(line.scale, abs(line.predicted + float(fine.slope[0])))
    excess, gap = float(abs(extrapolate(coarse, fine))[0]), float(abs(fine.slope - coarse.slope)[0])
    rounding = 4.0 * line.near.eps * line.near.size / STEP
    return excess > VISIBLE * size + SMOOTH * gap + rounding
