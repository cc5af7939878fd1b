"""Values as JSON knows them: no arrays, no infinity, no NaN."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np


def number(value: float | None) -> float | str | None:
    """Return a number, or the word for one that JSON does not have."""
    return value if value is None or math.isfinite(value) else str(value)


def plain(value: Any) -> Any:
    """Return arrays as nested lists, fractions as text, and anything unknown in words of its own."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | int | str | None):
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return spelt(value)


def spelt(value: Any) -> str:
    """Return a value's repr, or the kind of thing it is where that would tell an address only."""
    said = repr(value)
    return f"a {type(value).__name__}" if " at 0x" in said else said
