"""Random values for an input: plain and hostile ones, each kind reproducible from a generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import widen
from gradcheck.types import Array, Rng

EXPONENTS = (-8.0, 8.0)
"""Decimal exponents between which magnitudes are drawn."""
WHOLE = 5
"""Whole numbers are drawn up to this: few enough that they repeat, and that 0, 1 and 2 are common."""
SPARSE = 0.7
"""The part of the entries that are zero in a sparse input."""
OUTLYING = 1e-4
"""How small the others are beside one large entry: beyond what a mask by a relative size of 0.001 keeps."""


Kind: TypeAlias = Callable[[tuple[int, ...], "Span", Rng], Array]


@dataclass(frozen=True)
class Span:
    """The closed bounds of an input's values, infinite where it has none."""

    low: float = -inf
    high: float = inf

    @property
    def is_finite(self) -> bool:
        """Whether there are bounds on both sides."""
        return isfinite(self.low) and isfinite(self.high)

    @property
    def ends(self) -> list[float]:
        """The bounds that there are."""
        return [end for end in (self.low, self.high) if isfinite(end)]

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside."""
        return self.low <= value <= self.high

    def ordinary(self, shape: tuple[int, ...], rng: Rng) -> Array:
        """Return values as most are: uniform between two bounds, normal without any."""
        if self.is_finite:
            return np.asarray(rng.uniform(self.low, self.high, shape))
        return self.fold(rng.standard_normal(shape))

    def fold(self, values: Array) -> Array:
        """Return values mirrored at the bounds until they lie inside; equal ones stay equal."""
        if self.is_finite:
            width = self.high - self.low
            if width == 0.0:
                return np.full_like(values, self.low)
            inside = (values >= self.low) & (values <= self.high)
            mirrored = self.low + np.abs((values - self.high) % (2 * width) - width)
            return np.where(inside, values, mirrored)
        if isfinite(self.low):
            return self.low + np.abs(values - self.low)
        return self.high - np.abs(self.high - values) if isfinite(self.high) else values


def _distinct(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Small integers of either sign, no two of one magnitude and none zero: readable, and never a tie."""
    if span.is_finite:
        return span.ordinary(shape, rng)
    count = int(np.prod(shape))
    drawn = rng.permutation(np.arange(1, count + 1)).reshape(shape) * rng.choice((-1.0, 1.0), shape)
    if span.ends:
        drawn = span.low + np.abs(drawn) if isfinite(span.low) else span.high - np.abs(drawn)
    return np.asarray(drawn)


def _normal(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    return span.ordinary(shape, rng)


def _scaled(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """One magnitude for the whole input."""
    if span.is_finite:
        return _towards(shape, span, 10.0 ** rng.uniform(EXPONENTS[0], 0.0), rng)
    return span.fold(rng.standard_normal(shape) * 10.0 ** rng.uniform(*EXPONENTS))


def _uneven(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """A magnitude for every entry; between bounds, log-uniform distances from one of them, or from zero."""
    if span.is_finite:
        return _towards(shape, span, 10.0 ** rng.uniform(EXPONENTS[0], 0.0, shape), rng)
    return span.fold(rng.standard_normal(shape) * 10.0 ** rng.uniform(-3.0, 3.0, shape))


def _towards(shape: tuple[int, ...], span: Span, part: Any, rng: Rng) -> Array:
    """Return values pulled towards a bound, or towards zero, to a part of their distance."""
    anchor = float(rng.choice([*span.ends, *([0.0, 0.0] if span.holds(0.0) else [])]))
    return np.asarray(anchor + (rng.uniform(span.low, span.high, shape) - anchor) * part)


def _edges(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """The bounds themselves, in two entries of three."""
    return np.where(rng.random(shape) < 2 / 3, rng.choice(span.ends, shape), span.ordinary(shape, rng))


def _whole(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Whole numbers, small ones where they lie inside."""
    low, high = max(ceil(max(span.low, -WHOLE)), -WHOLE), min(floor(min(span.high, WHOLE)), WHOLE)
    if low > high:
        start = span.low if isfinite(span.low) and span.low > 0 else span.high - 2 * WHOLE
        low, high = ceil(max(span.low, start)), floor(min(span.high, start + 2 * WHOLE))
    if low > high:
        return span.ordinary(shape, rng)
    return np.asarray(rng.integers(low, high + 1, shape), dtype=np.float64)


def _ties(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Zeros and repeated values, where maxima tie and absolute values have their kink."""
    inside = [value for value in (-1.0, 0.0, 1.0) if span.holds(value)]
    return np.asarray(rng.choice(inside, shape)) if len(inside) > 1 else _repeated(shape, span, rng)


def _repeated(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Three values, again and again."""
    return np.asarray(rng.choice(span.ordinary((3,), rng), shape))


def _blocks(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Neighbours along the last axis in pairs of equal ones."""
    if not shape:
        return span.ordinary(shape, rng)
    halves = span.ordinary((*shape[:-1], (shape[-1] + 1) // 2), rng)
    return np.repeat(halves, 2, axis=-1)[..., : shape[-1]]


def _rows(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Rows that all are the same one."""
    return np.array(np.broadcast_to(span.ordinary(shape[1:], rng), shape))


def _constant(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """One value everywhere: zero and one among others."""
    inside = [value for value in (0.0, 1.0) if span.holds(value)]
    return np.full(shape, rng.choice([float(span.ordinary((), rng)), *inside]))


def _sorted(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Rising or falling from the first entry to the last."""
    rising = np.sort(span.ordinary(shape, rng), axis=None)
    return (rising if rng.random() < 0.5 else rising[::-1]).reshape(shape).copy()


def _sparse(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """Mostly zeros, of both signs; the bound that is nearest to zero where it lies outside."""
    zero = span.fold(np.copysign(0.0, rng.uniform(-1.0, 1.0, shape))) if span.holds(0.0) else None
    rest = np.full(shape, min(span.ends, key=abs)) if zero is None else zero
    return np.where(rng.random(shape) < SPARSE, rest, span.ordinary(shape, rng))


def _one_sign(sign: float) -> Kind:
    def one_sign(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
        """Return values of one sign, where the bounds have any."""
        half = Span(max(span.low, 0.0), span.high) if sign > 0 else Span(span.low, min(span.high, 0.0))
        return (half if half.low < half.high else span).ordinary(shape, rng)

    return one_sign


def _outlier(shape: tuple[int, ...], span: Span, rng: Rng) -> Array:
    """One entry like no other: large among small ones; or a zero, by which a product can't be divided."""
    is_zero = span.holds(0.0) and rng.random() < 0.5
    pulled = span.is_finite and not is_zero
    values = _towards(shape, span, OUTLYING, rng) if pulled else span.ordinary(shape, rng)
    if values.size:
        large = span.ordinary((), rng) if span.is_finite else span.fold(rng.standard_normal(()) / OUTLYING)
        values.flat[int(rng.integers(values.size))] = 0.0 if is_zero else large
    return values


KINDS: dict[str, Kind] = {
    "distinct": _distinct,
    "normal": _normal,
    "scaled": _scaled,
    "uneven": _uneven,
    "ties": _ties,
    "whole": _whole,
    "repeated": _repeated,
    "blocks": _blocks,
    "rows": _rows,
    "constant": _constant,
    "sorted": _sorted,
    "sparse": _sparse,
    "positive": _one_sign(1.0),
    "negative": _one_sign(-1.0),
    "outlier": _outlier,
    "edges": _edges,
}
"""Simplest first: examples are shrunk towards the first."""


def draw(
    kind: str, shape: tuple[int, ...], bounds: tuple[float, float] | None, dtype: str, rng: Rng
) -> Array:
    """Return an array of `shape` of one kind of values, inside the bounds.

    Complex values have parts of that kind; integers lie between the bounds, which are then finite.
    """
    if np.dtype(dtype).kind == "c":
        part = str(np.empty(0, dtype).real.dtype)
        return np.asarray(draw(kind, shape, bounds, part, rng) + 1j * draw(kind, shape, bounds, part, rng))
    if np.dtype(dtype).kind == "b":
        return _indices(kind, shape, (0, 1), rng).astype(dtype)
    if np.dtype(dtype).kind == "i":
        assert bounds is not None
        return _indices(kind, shape, (int(bounds[0]), int(bounds[1])), rng).astype(dtype)
    span = Span() if bounds is None else Span(*bounds)
    kind = "normal" if kind == "edges" and not span.ends else kind
    values = np.asarray(KINDS[kind](shape, span, rng))
    return values.astype(dtype) if bounds is None else round_inside(values, span.low, span.high, dtype)


def _indices(kind: str, shape: tuple[int, ...], bounds: tuple[int, int], rng: Rng) -> Array:
    """Return integers between bounds: all alike, both ends, a few of them, or any."""
    low, high = bounds
    drawn = rng.integers(low, high, shape, endpoint=True)
    if kind in ("constant", "rows"):
        return np.broadcast_to(rng.choice([low, high, int(rng.integers(low, high, endpoint=True))]), shape)
    if kind in ("edges", "ties", "sparse"):
        return np.asarray(rng.choice((low, high), shape))
    if kind in ("repeated", "blocks"):
        return np.asarray(rng.choice(rng.integers(low, high, 2, endpoint=True), shape))
    return np.sort(drawn, axis=None).reshape(shape) if kind == "sorted" else drawn


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
