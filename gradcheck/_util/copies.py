"""Fresh copies of options: a generator among them is in the same state for every call."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from gradcheck.types import Options

_FIXED = (int, float, complex, str, bytes, type(None))
"""Values of these types can't be changed by whoever receives them."""


def fresh(options: Options) -> dict[str, Any]:
    """Return the options, those that could be changed as copies."""
    return {name: v if _is_fixed(v) else deepcopy(v) for name, v in options.items()}


def _is_fixed(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_fixed, value))
    return isinstance(value, _FIXED)
