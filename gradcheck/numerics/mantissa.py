"""How many bits the numbers of an array have in common: the precision that they were computed in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gradcheck.types import Array

DOUBLE_BITS = 53
NARROWEST_BITS = 8
"""Of bfloat16, the narrowest type that is looked for. Numbers of fewer bits are round by themselves, as signs
and counts are. Half as many would take them for a type of their own; twice as many would miss bfloat16."""


def common_bits(arrays: Iterable[Array]) -> int:
    """Return how many significant bits hold every entry, from `NARROWEST_BITS` to those of float64.

    Zeros have none. What float64 can't hold has as many as it.
    """
    used = np.int64(0)
    for a in arrays:
        fractions, _ = np.frexp(np.asarray(a, np.float64))
        used |= np.bitwise_or.reduce(np.ldexp(np.abs(fractions), DOUBLE_BITS).astype(np.int64), axis=None)
    zeros = (int(used) & -int(used)).bit_length() - 1 if used else DOUBLE_BITS
    return max(DOUBLE_BITS - zeros, NARROWEST_BITS)


def unit_of_bits(bits: int) -> float:
    """Return the rounding unit of numbers with so many significant bits."""
    return 2.0 ** (1 - bits)
