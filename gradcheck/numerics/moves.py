"""Several inputs moved up and down along one random direction, and what is expected of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import hypot
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import draw_bits, max_abs, norm, rms, slices, widen
from gradcheck.types import Array, Rng

SHORT = 2**10
"""Inputs of no more entries are moved as one: a call of NumPy's takes longer than they do."""
UP, DOWN = 1, -1
Moved: TypeAlias = dict[int, dict[int, Array]]
"""By the sign of the step, then by the argnum of the input."""
Sums: TypeAlias = dict[int, tuple[float, float]]
"""⟨x̄, up − down⟩ and ‖x̄·(up − down)‖₂, by the argnum of the input."""


@dataclass(frozen=True)
class JointNeighbourhood:
    """A function of several arrays near their values, read through a cotangent, with all expected gradients.

    Parameters
    ----------
    function
        Takes new arrays by argnum, which it may keep, and returns the outputs; raises `NothingToLearn` where
        there are none.
    xs, x_bars
        The arrays that may move, and the expected gradients of ⟨ȳ, f⟩ in them, by argnum.
    y, y_bar
        The outputs at the point, and the cotangent.
    eps
        The rounding unit of the function.
    """

    function: Callable[[dict[int, Array]], Array]
    xs: Mapping[int, Array]
    x_bars: Mapping[int, Array]
    y: Array
    y_bar: Array
    eps: float

    @cached_property
    def size(self) -> float:
        """‖ȳ·y‖₂."""
        return norm(widen(self.y_bar) * widen(self.y))


def move(near: JointNeighbourhood, argnums: Iterable[int], h: float, rng: Rng, sides: Moved) -> Sums:
    """Fill in the inputs moved up, down, or both.

    An entry moves by ±U[1, 2] times h and the root mean square of its input, capped as
    `directions.direction` caps it.
    """
    sums: Sums = {}
    short: dict[np.dtype[Any], list[int]] = {}
    for argnum in argnums:
        x = near.xs[argnum]
        if x.size > SHORT:
            sums[argnum] = _move_long(near, argnum, h, rng, sides)
        else:
            short.setdefault(x.dtype, []).append(argnum)
    for few in short.values():
        sums |= _move_short(near, few, h, rng, sides)
    return sums


def _move_long(
    near: JointNeighbourhood, argnum: int, h: float, rng: Rng, sides: Moved
) -> tuple[float, float]:
    """Move one input part by part: each goes through all steps while it is in the processor's cache.

    Where there are several parts, what is random in an entry is the product of a number of its part and one
    of its place in the part: fresh numbers for all would take as long as the rest. Errors add up to a
    polynomial in them, and one that is not zero everywhere is zero with probability 0.
    """
    x, bar = near.xs[argnum], near.x_bars[argnum]
    for arrays in sides.values():
        arrays[argnum] = np.empty(x.shape, x.dtype)
    kept = [(sign, arrays[argnum].reshape(-1)) for sign, arrays in sides.items()]
    here, slope, spread = x.reshape(-1), bar.reshape(-1), rms(x) or 1.0
    parts = list(slices(x.size))
    places, factors = draw_bits(parts[0].stop, rng), np.ones(1)
    if len(parts) > 1:
        places, factors = _root(places), _root(draw_bits(len(parts), rng))
    sums = []
    for part, factor in zip(parts, factors, strict=True):
        random = factor * places[: part.stop - part.start]
        moved, change = _step(here[part], widen(slope[part]), spread, near.size, h, random)
        for sign, filled in kept:
            filled[part] = moved[sign]
        sums.append((float(np.add.reduce(change)), norm(change)))
    expected, scales = zip(*sums, strict=True)
    return sum(expected), hypot(*scales)


def _move_short(near: JointNeighbourhood, argnums: Sequence[int], h: float, rng: Rng, sides: Moved) -> Sums:
    """Move several short inputs of one type as one."""
    primals = [near.xs[argnum] for argnum in argnums]
    sizes = [x.size for x in primals]
    here = np.concatenate(primals, axis=None)
    slope = widen(np.concatenate([widen(near.x_bars[argnum]) for argnum in argnums], axis=None))
    spread = np.repeat([rms(x) or 1.0 for x in primals], sizes)
    moved, change = _step(here, slope, spread, near.size, h, draw_bits(here.size, rng))
    sums, start = {}, 0
    for argnum, x, end in zip(argnums, primals, accumulate(sizes), strict=True):
        for sign, arrays in sides.items():
            arrays[argnum] = moved[sign][start:end].reshape(x.shape)
        own = change[start:end]
        sums[argnum] = float(np.add.reduce(own)), norm(own)
        start = end
    return sums


def _step(
    x: Array, slope: Array, spread: Array | float, size: float, h: float, random: Array
) -> tuple[dict[int, Array], Array]:
    """Return x moved both ways, and the change that each entry is predicted to make between them."""
    random *= h * _cap(slope, spread, size)
    step = random.astype(x.dtype, copy=False)
    up, down = x + step, x - step
    change = widen(up) - widen(down)
    change *= slope
    return {UP: up, DOWN: down}, change


def _root(a: Array) -> Array:
    """Return what lies in ±[1, √2], so that a product of two lies in ±[1, 2]."""
    return np.copysign(np.sqrt(np.abs(a)), a)


def _cap(slope: Array, spread: Array | float, size: float) -> Array | float:
    """Return how far entries may move, so that none is predicted to change the output by more than itself."""
    if max_abs(slope * spread) <= size:
        return spread
    with np.errstate(divide="ignore", over="ignore"):
        cap = np.minimum(spread, size / np.abs(slope))
    return np.where(cap > 0.0, cap, spread)
