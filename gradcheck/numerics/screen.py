"""The screen: one or two small steps, of one input or of all. It can say "agrees", and never "wrong"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite, sqrt

from gradcheck._util import dot, norm, widen
from gradcheck.numerics.extrapolation import RATIO
from gradcheck.numerics.line import Line, evaluate
from gradcheck.numerics.moves import DOWN, UP, JointNeighbourhood, Moved, move
from gradcheck.types import Array, Rng

KEPT = 0.5
"""This part of the expected slope must belong to entries that the step moves. Half of it lets an error hide
in what does not move; twice as much is never reached, since all steps are rounded."""
LARGE = 2**21
"""With more entries than this, each side is made when it is needed: time for memory."""


@dataclass(frozen=True)
class Screen:
    """The larger excess slope of two steps along one line, and the rounding of a slope at the smaller one."""

    excess: float
    noise: float


def screen_line(line: Line, rng: Rng) -> Screen | None:
    """Compare expected and measured slope at two steps; None off the domain, or where x loses the steps.

    It takes 4 forward calls.

    Near h = eps^(1/3) truncation and rounding of a central difference are alike.
    """
    h = float(rng.uniform(0.5, 1.0)) * line.near.eps ** (1.0 / 3.0)
    larger, smaller = line.rung(h), line.rung(h / RATIO)
    if larger is None or smaller is None or not line.kept(h / RATIO) > KEPT:
        return None
    excess = max(abs(float(rung.mean[0])) / rung.h for rung in (larger, smaller))
    return Screen(excess, float(smaller.floor[0]) / smaller.h)


@dataclass(frozen=True)
class JointScreen:
    """The excess slope along a joint direction, its rounding, and ‖x̄·v‖₂ and ⟨x̄, v⟩ of every input.

    Errors in several inputs add up in the one excess. Their signs and sizes are random, so they
    cancel with probability 0, as those of several entries of one input do.
    """

    excess: float
    noise: float
    scales: dict[int, float]
    predicted: dict[int, float]


def screen_jointly(near: JointNeighbourhood, rng: Rng) -> JointScreen | None:
    """Move every input with entries at once, and compare; None off the domain. 2 forward calls.

    One step decides what it can: at h near eps^(1/3), truncation and rounding of a central difference
    are alike, and an error of the slope is hidden by neither but where they cancel by chance.
    """
    argnums = [argnum for argnum, x in near.xs.items() if x.size]
    return _at_step(near, argnums, (0.5 + 0.5 * rng.random()) * near.eps ** (1.0 / 3.0), rng)


def screen_further(near: JointNeighbourhood, argnums: Sequence[int], rng: Rng) -> JointScreen | None:
    """Move some inputs at once by larger steps, and extrapolate; None off the domain. 4 forward calls.

    Inputs of little effect are hidden by rounding at small steps: near eps^(1/6) a thousandth of it is left,
    and two steps take the third power of h away. Where a kink is near, there is nothing to be learnt.
    """
    h = (0.5 + 0.5 * rng.random()) * near.eps ** (1.0 / 6.0)
    start = rng.bit_generator.state
    large = _at_step(near, argnums, h, rng)
    rng.bit_generator.state = start  # for the same direction again
    small = _at_step(near, argnums, h / RATIO, rng) if large is not None else None
    if large is None or small is None:
        return None
    weight = RATIO**2
    excess = (weight * small.excess - large.excess) / (weight - 1.0)
    noise = hypot(weight * small.noise, large.noise) / (weight - 1.0)
    return replace(small, excess=excess, noise=noise)


def _at_step(near: JointNeighbourhood, argnums: Sequence[int], h: float, rng: Rng) -> JointScreen | None:
    """Take one step along the direction that the generator gives next."""
    sides: Moved = {UP: {}, DOWN: {}}
    is_large = sum(near.xs[argnum].size for argnum in argnums) > LARGE
    if not argnums:
        return None
    start = rng.bit_generator.state if is_large else None
    sums = move(near, argnums, h, rng, {UP: sides[UP]} if is_large else sides)
    above = _output(near, sides[UP])
    if start is not None and above is not None:
        rng.bit_generator.state = start  # for the same direction again
        move(near, argnums, h, rng, {DOWN: sides[DOWN]})
    below = _output(near, sides[DOWN]) if above is not None else None
    if above is None or below is None:
        return None
    (y_above, size_above), (y_below, size_below) = above, below
    expected = sum(moved for moved, _ in sums.values())
    excess = 0.5 * float(dot(near.y_bar, widen(y_above) - widen(y_below)) - expected)
    floor = near.eps * max(size_above, size_below) / sqrt(2.0)
    scales = {argnum: scale / (2.0 * h) for argnum, (_, scale) in sums.items()}
    predicted = {argnum: moved / (2.0 * h) for argnum, (moved, _) in sums.items()}
    return JointScreen(excess / h, float(floor / h), scales, predicted)


def _output(near: JointNeighbourhood, moved: dict[int, Array]) -> tuple[Array, float] | None:
    """Return what the function makes of moved inputs, which it may keep, and ‖ȳ·y‖₂; or None."""
    y = evaluate(lambda: near.function(moved), near.y.shape)
    if y is None:
        return None
    size = norm(widen(near.y_bar) * widen(y))
    return (y, size) if isfinite(size) else None
