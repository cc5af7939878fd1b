"""How far rounding moves each entry of a result, measured by one-ulp changes of every input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.numerical.point import Point
from gradcheck.trial import Trial
from gradcheck.types import Array, Rng
from gradcheck.vectors import jitter, norm, wide

SAMPLES = 4


def pullback_scatter(point: Point, block: int) -> Array:
    """Return the largest change of each entry of one derived cotangent under one-ulp changes.

    Primals and cotangent are jittered together, so that cancellation inside the pullback shows.
    """
    rng = point.trial.rng("scatter")

    def sample() -> Array:
        _, pullback = moved_by_an_ulp(point.trial, rng).linearise()
        bar = pullback(jitter(point.y_bar, rng))[block]
        assert bar is not None
        return bar

    return largest_change(point.x_bar(block), sample)


def pullback_rounding(point: Point, block: int) -> Array:
    """Return how far rounding may move each entry of one derived cotangent: its scatter, or what is unseen.

    Terms that cancel in every precision, as 1 − p does where p rounds to 1, are moved by no ulp.
    """
    return np.maximum(pullback_scatter(point, block), unseen(point, block))


def unseen(point: Point, block: int) -> Array:
    """Return, entry by entry, the cotangent whose effect is lost in the rounding of ⟨ȳ, y⟩.

    If the entry of x moved by all of itself (by the root mean square of all, where it is zero), ⟨ȳ, y⟩
    would change by one unit in its last place.
    """
    x = np.abs(wide(point.trial.primals[block]))
    typical = norm(x) / np.sqrt(max(x.size, 1)) or 1.0
    lost: Array = point.unit * point.size / np.where(x == 0.0, typical, x)
    return lost


def forward_scatter(trial: Trial, y: Array) -> Array:
    """Return the largest change of each output under one-ulp changes of the primals."""
    rng = trial.rng("scatter")
    return largest_change(y, lambda: moved_by_an_ulp(trial, rng).forward())


def moved_by_an_ulp(trial: Trial, rng: Rng) -> Trial:
    """Return the trial with every differentiable primal moved by at most one ulp."""
    moved = (jitter(x, rng) if i in trial.active else x for i, x in enumerate(trial.primals))
    return trial.at(tuple(moved))


def largest_change(base: Array, sample: Callable[[], Array]) -> Array:
    """Return, entry by entry, how far `SAMPLES` calls of `sample` are from `base` at most."""
    change = np.zeros(base.shape)
    for _ in range(SAMPLES):
        try:
            moved = wide(sample()) - wide(base)
        except (LayerRaised, BrokenContract, CannotVerify):
            continue  # one ulp beyond the edge of the domain: nothing to be learnt there
        change = np.maximum(change, np.where(np.isfinite(moved), np.abs(moved), 0.0))
    return change
