"""The first looks: all inputs moved at once. They can say "agrees", and never "wrong"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.numerical.fit import RATIO
from gradcheck.numerical.point import Point
from gradcheck.types import Array, Rng
from gradcheck.vectors import dot, norm, rms, slices, wide


@dataclass(frozen=True)
class Together:
    """The excess slope along a joint direction, its rounding noise, and ‖x̄·v‖₂ and ⟨x̄, v⟩ of every input.

    Errors in several inputs add up in the one excess. Their signs and sizes are random, so they
    cancel with probability 0, as those of several entries of one input do.
    """

    excess: float
    noise: float
    scales: dict[int, float]
    predicted: dict[int, float]


@dataclass(frozen=True)
class _Moved:
    """One input moved up and down, ⟨x̄, up − down⟩ of the moves as rounded, and ‖x̄·v‖₂."""

    up: Array
    down: Array
    expected: float
    scale: float


def together(point: Point, rng: Rng) -> Together | None:
    """Move every input with entries at once, and compare; None off the domain. 2 forward calls.

    One step decides what it can: at h near eps^(1/3), truncation and rounding of a central difference
    are alike, and an error of the slope is hidden by neither but where they cancel by chance.
    """
    blocks = [i for i in point.trial.active if point.trial.primals[i].size]
    seed = int(rng.integers(2**63))
    return _at(point, blocks, float(rng.uniform(0.5, 1.0)) * point.eps ** (1.0 / 3.0), seed)


def further(point: Point, blocks: Sequence[int], rng: Rng) -> Together | None:
    """Move some inputs at once by larger steps, and extrapolate; None off the domain. 4 forward calls.

    Inputs of little effect are hidden by rounding at small steps: near eps^(1/6) a thousandth of it is left,
    and two steps take the third power of h away. Where a kink is near, there is nothing to be learnt.
    """
    h, seed = float(rng.uniform(0.5, 1.0)) * point.eps ** (1.0 / 6.0), int(rng.integers(2**63))
    large = _at(point, blocks, h, seed)
    small = _at(point, blocks, h / RATIO, seed) if large is not None else None
    if large is None or small is None:
        return None
    weight = RATIO**2
    excess = (weight * small.excess - large.excess) / (weight - 1.0)
    noise = hypot(weight * small.noise, large.noise) / (weight - 1.0)
    return replace(small, excess=excess, noise=noise)


def _at(point: Point, blocks: Sequence[int], h: float, seed: int) -> Together | None:
    """Look at one step along the direction that follows from a seed."""
    rng = np.random.default_rng(seed)
    moves = {i: _moved(point, i, h, rng) for i in blocks}
    if not moves or not all(point.trial.holds(i, a) for i, m in moves.items() for a in (m.up, m.down)):
        return None
    expected = sum(m.expected for m in moves.values())
    scales = {i: m.scale for i, m in moves.items()}
    predicted = {i: float(m.expected / (2.0 * h)) for i, m in moves.items()}
    ups, downs = {i: m.up for i, m in moves.items()}, {i: m.down for i, m in moves.items()}
    moves.clear()  # so that each side is freed as soon as forward is done with it
    above = _output(point, ups)
    below = _output(point, downs) if above is not None else None
    if above is None or below is None:
        return None
    excess = 0.5 * float(dot(point.y_bar, wide(above) - wide(below)) - expected)
    floor = point.eps * max(_size(point, above), _size(point, below)) / sqrt(2.0)
    return Together(excess / h, float(floor / h), scales, predicted)


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
        sums.append((dot(slope, wide(up[part]) - wide(down[part])), norm(slope * v)))
    expected, scales = zip(*sums, strict=True)
    return _Moved(up.reshape(shape), down.reshape(shape), sum(expected), hypot(*scales))


def _most(slope: Array, spread: float, size: float) -> Array | float:
    """Return how far entries may move, so that none is predicted to change the output by more than itself."""
    if max(abs(float(slope.max())), abs(float(slope.min()))) * spread <= size:
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
