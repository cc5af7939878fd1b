"""Random values for an input: plain and hostile ones, each kind reproducible from a generator."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np

from gradcheck._util import widen
from gradcheck.types import Array, Rng

EXPONENTS = (-8.0, 8.0)
"""Decimal exponents between which magnitudes are drawn."""


def _distinct(shape: tuple[int, ...], rng: Rng) -> Array:
    """Small integers of either sign, no two of one magnitude and none zero: readable, and never a tie."""
    count = int(np.prod(shape))
    return np.asarray(
        rng.permutation(np.arange(1, count + 1)).reshape(shape) * rng.choice((-1.0, 1.0), shape)
    )


def _normal(shape: tuple[int, ...], rng: Rng) -> Array:
    return rng.standard_normal(shape)


def _scaled(shape: tuple[int, ...], rng: Rng) -> Array:
    """One magnitude for the whole input."""
    return np.asarray(rng.standard_normal(shape) * 10.0 ** rng.uniform(*EXPONENTS))


def _uneven(shape: tuple[int, ...], rng: Rng) -> Array:
    """A magnitude for every entry."""
    return np.asarray(rng.standard_normal(shape) * 10.0 ** rng.uniform(-3.0, 3.0, shape))


def _ties(shape: tuple[int, ...], rng: Rng) -> Array:
    """Zeros and repeated values, where maxima tie and absolute values have their kink."""
    return np.asarray(rng.integers(-1, 2, shape), dtype=np.float64)


KINDS: dict[str, Callable[[tuple[int, ...], Rng], Array]] = {
    "distinct": _distinct,
    "normal": _normal,
    "scaled": _scaled,
    "uneven": _uneven,
    "ties": _ties,
}
"""Simplest first: Hypothesis shrinks towards the first."""


def draw(
    kind: str, shape: tuple[int, ...], bounds: tuple[float, float] | None, dtype: str, rng: Rng
) -> Array:
    """Return an array of `shape` of one kind of values, or uniform between finite `bounds`.

    Complex values have parts of that kind; integers lie between the bounds, which are then finite.
    """
    if np.dtype(dtype).kind == "c":
        part = str(np.empty(0, dtype).real.dtype)
        return np.asarray(draw(kind, shape, bounds, part, rng) + 1j * draw(kind, shape, bounds, part, rng))
    if np.dtype(dtype).kind == "i":
        assert bounds is not None
        return rng.integers(int(bounds[0]), int(bounds[1]), shape, dtype, endpoint=True)
    if bounds is None:
        return np.asarray(KINDS[kind](shape, rng), dtype=dtype)
    low, high = bounds
    if isfinite(low) and isfinite(high):
        return round_inside(rng.uniform(low, high, shape), low, high, dtype)
    magnitude = np.abs(KINDS[kind](shape, rng))
    values = low + magnitude if isfinite(low) else high - magnitude
    return round_inside(values, low, high, dtype)


def round_inside(values: Array, low: float, high: float, dtype: str) -> Array:
    """Return `values` in a dtype, and inside the bounds even where rounding would leave them."""
    rounded = np.clip(values, low, high).astype(dtype)
    for outside, towards in ((widen(rounded) < low, np.inf), (widen(rounded) > high, -np.inf)):
        rounded = np.where(outside, np.nextafter(rounded, np.asarray(towards, dtype)), rounded)
    return rounded


def integers(shape: tuple[int, ...], most: int, rng: Rng) -> Array:
    """Return nonzero integers from −most to most, as float64."""
    return np.asarray(rng.integers(1, most + 1, shape) * rng.choice((-1.0, 1.0), shape))


def spread_integers(shape: tuple[int, ...], gap: int, rng: Rng) -> Array:
    """Return integers of either sign, no two nearer than `gap` and none nearer to zero than half of it.

    A move of every entry by less than a quarter of the gap changes no order and no sign.
    """
    count = int(np.prod(shape))
    ranks = rng.permutation(np.arange(count)) - count // 2
    return np.asarray(ranks.reshape(shape) * float(gap) + gap / 2)


def tied_integers(shape: tuple[int, ...], gap: int, rng: Rng) -> Array:
    """Return multiples of `gap` from −gap to gap: zeros and ties on purpose."""
    return np.asarray(rng.integers(-1, 2, shape) * float(gap))
