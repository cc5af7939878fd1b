"""The first look: all inputs moved at once, one step each way. It can say "agrees", and never "wrong"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.numerical.point import Point
from gradcheck.types import Array, Rng
from gradcheck.vectors import dot, norm, rms, slices, wide


@dataclass(frozen=True)
class Together:
    """The excess slope along a joint direction, its rounding noise, and ‖x̄·v‖₂ and ⟨x̄, v⟩ of every input.

    Errors in several inputs add up in the one excess. Their signs and sizes are random, so they
    cancel with probability 0, as those of several entries of one input do.
    """

    apart: float
    noise: float
    scales: dict[int, float]
    predicted: dict[int, float]


@dataclass(frozen=True)
class _Moved:
    """One input moved up and down, ⟨x̄, up − down⟩ of the moves as rounded, ‖x̄·v‖₂ and ⟨x̄, v⟩."""

    up: Array
    down: Array
    expected: float
    scale: float
    predicted: float


def together(point: Point, rng: Rng) -> Together | None:
    """Move every input with entries at once, and compare; None off the domain. 2 forward calls.

    One step decides what it can: at h near eps^(1/3), truncation and rounding of a central difference
    are alike, and an error of the slope is hidden by neither but where they cancel by chance.
    """
    trial = point.trial
    h = float(rng.uniform(0.5, 1.0)) * point.eps ** (1.0 / 3.0)
    moves = {i: _moved(point, i, h, rng) for i in trial.active if trial.primals[i].size}
    if not moves or not all(trial.holds(i, a) for i, m in moves.items() for a in (m.up, m.down)):
        return None
    expected = sum(m.expected for m in moves.values())
    scales = {i: m.scale for i, m in moves.items()}
    predicted = {i: m.predicted for i, m in moves.items()}
    ups, downs = {i: m.up for i, m in moves.items()}, {i: m.down for i, m in moves.items()}
    moves.clear()  # so that each side is freed as soon as forward is done with it
    above = _output(point, ups)
    below = _output(point, downs) if above is not None else None
    if above is None or below is None:
        return None
    excess = 0.5 * float(dot(point.y_bar, wide(above) - wide(below)) - expected)
    floor = point.eps * max(_size(point, above), _size(point, below)) / np.sqrt(2.0)
    return Together(abs(excess) / h, float(floor / h), scales, predicted)


def _moved(point: Point, block: int, h: float, rng: Rng) -> _Moved:
    """Draw ±U[1, 2] times the root mean square of x, capped as `directions.direction` caps it.

    Blocks of the entries go through all steps while they are in the processor's cache.
    """
    x, bar = point.trial.primals[block].ravel(), point.x_bars[block]
    assert bar is not None
    flat, shape = bar.ravel(), bar.shape
    spread, size = rms(x) or 1.0, point.size
    up, down = np.empty_like(x), np.empty_like(x)
    sums = []
    for part in slices(x.size):
        here, slope = x[part], wide(flat[part])
        toward = 2.0 * rng.random(here.size) - 1.0
        v = _most(slope, spread, size) * (toward + np.copysign(1.0, toward))
        step = (h * v).astype(x.dtype)
        up[part], down[part] = here + step, here - step
        terms = slope * v
        expected = np.sum(slope * (wide(up[part]) - wide(down[part])))
        sums.append((expected, norm(terms), np.sum(terms)))
    expected, scales, predicted = (np.asarray(column) for column in zip(*sums, strict=True))
    totals = np.sum(expected), norm(scales), float(np.sum(predicted))
    return _Moved(up.reshape(shape), down.reshape(shape), *totals)


def _most(slope: Array, spread: float, size: float) -> Array | float:
    """Return how far entries may move, so that none is predicted to change the output by more than itself."""
    steepest = float(np.max(np.abs(slope)))
    if steepest * spread <= size:
        return spread
    with np.errstate(divide="ignore", over="ignore"):
        cap = np.minimum(spread, size / np.abs(slope))
    return np.where(cap > 0.0, cap, spread)


def _output(point: Point, moved: dict[int, Array]) -> Array | None:
    """Return what forward makes of moved inputs, which it may keep; None where it can't be compared."""
    trial, given_away = point.trial, frozenset(moved)
    primals = tuple(moved.pop(i, x) for i, x in enumerate(trial.primals))
    try:
        y = trial.at(primals).forward(given_away)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None
    return y if y.shape == point.y.shape and bool(np.all(np.isfinite(y))) else None


def _size(point: Point, y: Array) -> float:
    return norm(wide(point.y_bar) * wide(y))
