"""Whether two values are the same to the bit, and whether they share memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcheck._util import identical

OVERLAP_WORK = 10_000
"""Effort spent on deciding whether two views overlap; interleaved views beyond it count as apart."""


def same(a: Any, b: Any) -> bool:
    """Return whether two values are the same to the bit, as far as that can be said of them."""
    if isinstance(a, np.ndarray | np.generic) or isinstance(b, np.ndarray | np.generic):
        left, right = np.asarray(a), np.asarray(b)
        return identical(left, right)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def overlap(a: Any, b: Any) -> bool:
    """Return whether two arrays share memory, as far as that can be decided in time."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    try:
        return bool(np.shares_memory(a, b, max_work=OVERLAP_WORK))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False
