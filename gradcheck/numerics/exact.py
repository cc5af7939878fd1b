"""Differences without rounding: integers in, integers out, rational inner products."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gradcheck._util import widen
from gradcheck.types import Array

MANTISSA_LEFT = 4
"""Bits kept free in the largest value, so that sums inside the forward map are exact too."""


def inner(a: Array, b: Array) -> Fraction:
    """Return ⟨a, b⟩ of finite arrays without rounding."""
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    return sum((Fraction(p) * Fraction(q) for p, q in pairs if p and q), Fraction(0))


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
