"""The first looks: all inputs moved at once. They can say "agrees", and never "wrong"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite, sqrt

from gradcheck._util import dot, norm, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point
from gradcheck.numerics.extrapolation import RATIO
from gradcheck.numerics.moves import DOWN, UP, Sides, move
from gradcheck.types import Array, Rng


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


LARGE = 2**21
"""With more entries than this, each side is made when it is needed: time for memory."""


def together(point: Point, rng: Rng) -> Together | None:
    """Move every input with entries at once, and compare; None off the domain. 2 forward calls.

    One step decides what it can: at h near eps^(1/3), truncation and rounding of a central difference
    are alike, and an error of the slope is hidden by neither but where they cancel by chance.
    """
    blocks = [i for i in point.trial.active if point.trial.primals[i].size]
    return _at(point, blocks, (0.5 + 0.5 * rng.random()) * point.eps ** (1.0 / 3.0), rng)


def further(point: Point, blocks: Sequence[int], rng: Rng) -> Together | None:
    """Move some inputs at once by larger steps, and extrapolate; None off the domain. 4 forward calls.

    Inputs of little effect are hidden by rounding at small steps: near eps^(1/6) a thousandth of it is left,
    and two steps take the third power of h away. Where a kink is near, there is nothing to be learnt.
    """
    h = (0.5 + 0.5 * rng.random()) * point.eps ** (1.0 / 6.0)
    start = rng.bit_generator.state
    large = _at(point, blocks, h, rng)
    rng.bit_generator.state = start  # for the same direction again
    small = _at(point, blocks, h / RATIO, rng) if large is not None else None
    if large is None or small is None:
        return None
    weight = RATIO**2
    excess = (weight * small.excess - large.excess) / (weight - 1.0)
    noise = hypot(weight * small.noise, large.noise) / (weight - 1.0)
    return replace(small, excess=excess, noise=noise)


def _at(point: Point, blocks: Sequence[int], h: float, rng: Rng) -> Together | None:
    """Look at one step along the direction that the generator gives next."""
    sides: Sides = {UP: {}, DOWN: {}}
    is_large = sum(point.trial.primals[i].size for i in blocks) > LARGE
    if not blocks:
        return None
    start = rng.bit_generator.state if is_large else None
    sums = move(point, blocks, h, rng, {UP: sides[UP]} if is_large else sides)
    above = _output(point, sides[UP])
    if start is not None and above is not None:
        rng.bit_generator.state = start  # for the same direction again
        move(point, blocks, h, rng, {DOWN: sides[DOWN]})
    below = _output(point, sides[DOWN]) if above is not None else None
    if above is None or below is None:
        return None
    (y_above, size_above), (y_below, size_below) = above, below
    expected = sum(moved for moved, _ in sums.values())
    excess = 0.5 * float(dot(point.y_bar, wide(y_above) - wide(y_below)) - expected)
    floor = point.eps * max(size_above, size_below) / sqrt(2.0)
    scales = {i: scale / (2.0 * h) for i, (_, scale) in sums.items()}
    predicted = {i: moved / (2.0 * h) for i, (moved, _) in sums.items()}
    return Together(excess / h, float(floor / h), scales, predicted)


def _output(point: Point, moved: dict[int, Array]) -> tuple[Array, float] | None:
    """Return what forward makes of moved inputs, which it may keep, and ‖ȳ·y‖₂; or None."""
    trial, given_away = point.trial, frozenset(moved)
    if not all(trial.holds(i, x) for i, x in moved.items()):
        return None
    primals = tuple(moved.pop(i, x) for i, x in enumerate(trial.primals))
    try:
        y = trial.at(primals).forward(given_away)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None
    if y.shape != point.y.shape:
        return None
    size = norm(wide(point.y_bar) * wide(y))
    return (y, size) if isfinite(size) else None
