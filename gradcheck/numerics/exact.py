"""Differences without rounding: integers in, integers out, rational inner products."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gradcheck._util import max_abs, widen
from gradcheck.types import Array

MANTISSA_LEFT = 4
"""Bits kept free in the largest value, so that sums inside the forward map are exact too."""
LARGEST_WHOLE = 2.0**53
"""Up to here doubles hold every whole number: a property of the format."""
SCALES = (1, 2**10)
"""Integers, and what is left of them after the steps that checks take, are whole multiples of such parts of
1. Others are added up as fractions, which takes ten times as long and is as exact."""


def inner(a: Array, b: Array) -> Fraction:
    """Return ⟨a, b⟩ of finite arrays without rounding."""
    left, right = _as_whole(a), _as_whole(b)
    if left is not None and right is not None:
        (p, scale), (q, other) = left, right
        if p.size * max_abs(p) * max_abs(q) < LARGEST_WHOLE:  # then no partial sum is rounded
            return Fraction(int(np.sum(p * q)), scale * other)
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    return sum((Fraction(p) * Fraction(q) for p, q in pairs if p and q), Fraction(0))


def _as_whole(a: Array) -> tuple[Array, int] | None:
    """Return an array as whole multiples of a part of 1, and of which; None where it is none."""
    flat = widen(a).ravel()
    if not max_abs(flat) < LARGEST_WHOLE:
        return None
    for scale in SCALES:
        scaled = flat * scale
        if np.array_equal(scaled, np.rint(scaled)):
            return scaled, scale
    return None


def difference(a: Array, b: Array) -> Array:
    """Return a − b of arrays whose entries are exact and small enough to subtract exactly."""
    return np.asarray(widen(a) - widen(b))


def is_exact(*arrays: Array) -> bool:
    """Return whether all values are small enough for exact sums in their dtype."""
    for a in arrays:
        limit = 2.0 ** (np.finfo(a.dtype).nmant - MANTISSA_LEFT)
        if not np.all(np.isfinite(a)) or np.any(np.abs(a) > limit):
            return False
    return True
