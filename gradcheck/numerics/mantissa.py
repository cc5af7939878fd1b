"""How many bits the numbers of an array have in common: the precision that they were computed in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gradcheck.types import Array

DOUBLE_BITS = 53
NARROWEST_BITS = 8
"""Of bfloat16, the narrowest type that is looked for. Numbers of fewer bits are round by themselves, as signs
and counts are. Half as many would take them for a type of their own; twice as many would miss bfloat16."""

HALF_BITS, HALF_SPACING = 11, 2.0**-24
"""Of float16: its bits, and the distance of its smallest numbers, by which everything smaller is rounded."""
SPARE_BITS = 12
"""So many bits that could be there are not, in numbers of a narrower type. By chance so many are zero in one
of 4,096 numbers; half as many in one of 64, and twice as many would not tell float16 from float32."""


def common_bits(arrays: Iterable[Array]) -> int:
    """Return how many significant bits hold every entry, from `NARROWEST_BITS` to those of float64.

    What float64 can't hold has as many as it.
    """
    return max(_count_bits(arrays), NARROWEST_BITS)


def are_round(arrays: Iterable[Array]) -> bool:
    """Return whether numbers are so round, as signs and counts are, that they show no type."""
    return _count_bits(arrays) < NARROWEST_BITS


def _count_bits(arrays: Iterable[Array]) -> int:
    used = np.int64(0)
    for a in arrays:
        fractions, _ = np.frexp(np.asarray(a, np.float64))
        used |= np.bitwise_or.reduce(np.ldexp(np.abs(fractions), DOUBLE_BITS).astype(np.int64), axis=None)
    zeros = (int(used) & -int(used)).bit_length() - 1 if used else DOUBLE_BITS
    return DOUBLE_BITS - zeros


def narrow_unit(arrays: Iterable[Array], eps: float) -> float:
    """Return the rounding unit of numbers that are far narrower than `eps` lets them be; 0 of others."""
    given = list(arrays)
    unit = unit_of_bits(common_bits(given))
    return unit if unit >= eps * 2.0**SPARE_BITS and any(np.any(a) for a in given) else 0.0


def unit_of_bits(bits: int) -> float:
    """Return the rounding unit of numbers with so many significant bits."""
    return 2.0 ** (1 - bits)
