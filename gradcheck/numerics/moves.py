"""Inputs moved up and down along one random direction, and what the derived cotangents say to that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import hypot
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import largest, norm, rms, slices, wide
from gradcheck.evaluation import Point
from gradcheck.types import Array, Rng

SHORT = 2**10
"""Inputs of no more entries are moved as one: a call of NumPy's takes longer than they do."""
SIGN_AND_FRACTION = np.uint64(0x800F_FFFF_FFFF_FFFF)
ONE = np.float64(1.0).view(np.uint64)
UP, DOWN = 1, -1
Sides: TypeAlias = dict[int, dict[int, Array]]
"""By the sign of the step, then by the position of the input."""
Sums: TypeAlias = dict[int, tuple[float, float]]
"""⟨x̄, up − down⟩ and ‖x̄·(up − down)‖₂, by the position of the input."""


def move(point: Point, blocks: Sequence[int], h: float, rng: Rng, sides: Sides) -> Sums:
    """Fill in the inputs moved up, down, or both.

    An entry moves by ±U[1, 2] times h and the root mean square of its input, capped as
    `directions.direction` caps it.
    """
    sums: Sums = {}
    short: dict[np.dtype[Any], list[int]] = {}
    for block in blocks:
        x = point.trial.primals[block]
        if x.size > SHORT:
            sums[block] = _long(point, block, h, rng, sides)
        else:
            short.setdefault(x.dtype, []).append(block)
    for few in short.values():
        sums |= _strung(point, few, h, rng, sides)
    return sums


def _long(point: Point, block: int, h: float, rng: Rng, sides: Sides) -> tuple[float, float]:
    """Move one input part by part: each goes through all steps while it is in the processor's cache.

    Where there are several parts, what is random in an entry is the product of a number of its part and one
    of its place in the part: fresh numbers for all would take as long as the rest. Errors add up to a
    polynomial in them, and one that is not zero everywhere is zero with probability 0.
    """
    x, bar = point.trial.primals[block], point.x_bars[block]
    assert bar is not None
    for arrays in sides.values():
        arrays[block] = np.empty(x.shape, x.dtype)
    kept = [(sign, arrays[block].reshape(-1)) for sign, arrays in sides.items()]
    here, slope, spread = x.reshape(-1), bar.reshape(-1), rms(x) or 1.0
    parts = list(slices(x.size))
    places, factors = _random(parts[0].stop, rng), np.ones(1)
    if len(parts) > 1:
        places, factors = _root(places), _root(_random(len(parts), rng))
    sums = []
    for part, factor in zip(parts, factors, strict=True):
        random = factor * places[: part.stop - part.start]
        moved, change = _moved(here[part], wide(slope[part]), spread, point.size, h, random)
        for sign, filled in kept:
            filled[part] = moved[sign]
        sums.append((float(np.add.reduce(change)), norm(change)))
    expected, scales = zip(*sums, strict=True)
    return sum(expected), hypot(*scales)


def _strung(point: Point, blocks: Sequence[int], h: float, rng: Rng, sides: Sides) -> Sums:
    """Move several short inputs of one type, strung together."""
    primals = [point.trial.primals[block] for block in blocks]
    sizes = [x.size for x in primals]
    here = np.concatenate(primals, axis=None)
    slope = wide(np.concatenate([point.x_bar(block) for block in blocks], axis=None))
    spread = np.repeat([rms(x) or 1.0 for x in primals], sizes)
    moved, change = _moved(here, slope, spread, point.size, h, _random(here.size, rng))
    sums, start = {}, 0
    for block, x, end in zip(blocks, primals, accumulate(sizes), strict=True):
        for sign, arrays in sides.items():
            arrays[block] = moved[sign][start:end].reshape(x.shape)
        own = change[start:end]
        sums[block] = float(np.add.reduce(own)), norm(own)
        start = end
    return sums


def _moved(
    x: Array, slope: Array, spread: Array | float, size: float, h: float, random: Array
) -> tuple[dict[int, Array], Array]:
    """Return x moved both ways, and the change that each entry is predicted to make between them."""
    random *= h * _most(slope, spread, size)
    step = random.astype(x.dtype, copy=False)
    up, down = x + step, x - step
    change = wide(up) - wide(down)
    change *= slope
    return {UP: up, DOWN: down}, change


def _random(size: int, rng: Rng) -> Array:
    """Return ±U[1, 2) as `vectors.signed` does, in half the time: random signs and fractions of floats."""
    bits: Array = rng.bit_generator.random_raw(size)
    bits &= SIGN_AND_FRACTION
    bits |= ONE
    return bits.view(np.float64)


def _root(a: Array) -> Array:
    """Return what lies in ±[1, √2], so that a product of two lies in ±[1, 2]."""
    return np.copysign(np.sqrt(np.abs(a)), a)


def _most(slope: Array, spread: Array | float, size: float) -> Array | float:
    """Return how far entries may move, so that none is predicted to change the output by more than itself."""
    if largest(slope * spread) <= size:
        return spread
    with np.errstate(divide="ignore", over="ignore"):
        cap = np.minimum(spread, size / np.abs(slope))
    return np.where(cap > 0.0, cap, spread)
