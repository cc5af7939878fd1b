"""The Jacobian that the pullback computes, entry by entry: rows that share no column in one call."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed, widen
from gradcheck.errors import NotFinite
from gradcheck.evaluation.trial import Trial
from gradcheck.numerics import Pattern
from gradcheck.types import Array, Rng


def derive_entries(trial: Trial, argnum: int, y: Array, pattern: Pattern) -> Array:
    """Return the derived entries of ∂y/∂x in the places of a pattern, one call for each group of its rows.

    Whether the pullback has others is not asked here: see `derive_rest`.

    Raises
    ------
    CannotVerify
        If one is not finite.
    LayerRaised, BrokenContract
        As `Trial.linearise` does.
    """
    _, pullback = trial.linearise()
    values = np.zeros(pattern.size)
    for places in pattern.transposed.groups():
        y_bar = np.zeros(y.size, dtype=y.dtype)
        y_bar[pattern.rows[places]] = 1
        bar = pullback(y_bar.reshape(y.shape))[argnum]
        assert bar is not None
        values[places] = widen(bar).ravel()[pattern.columns[places]]
    if not np.all(np.isfinite(values)):
        message = f"the derived cotangent of {trial.names[argnum]!r} is not finite"
        raise NotFinite(message)
    return values


def derive_rest(
    trial: Trial, argnum: int, y: Array, pattern: Pattern, values: Array, rng: Rng
) -> tuple[Array, Array]:
    """Return what derived entries leave of Jᵀȳ for one random dense ȳ, and the size of its terms.

    A pullback with entries outside the pattern leaves more than rounding.
    """
    _, pullback = trial.linearise()
    y_bar = draw_signed(y.shape, rng).astype(y.dtype)
    bar = pullback(y_bar.copy())[argnum]
    assert bar is not None
    across, weights = pattern.transposed, widen(y_bar).ravel()
    left = widen(bar).ravel() - across.times(values, weights)
    return left, across.times(np.abs(values), np.abs(weights))
