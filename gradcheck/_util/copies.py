"""Fresh copies of options: a generator among them is in the same state for every call."""

from __future__ import annotations

from copy import deepcopy
from enum import Enum
from types import BuiltinFunctionType, FunctionType
from typing import Any

from gradcheck.types import Options

_IMMUTABLE = (int, float, complex, str, bytes, type(None), type, Enum, FunctionType, BuiltinFunctionType)
"""Values of these types can't be changed by whoever receives them, or are never copied."""


def copy_options(options: Options) -> dict[str, Any]:
    """Return the options, those that could be changed as copies."""
    return {name: duplicate(value) for name, value in options.items()}


def duplicate(value: Any) -> Any:
    """Return a deep copy; what can't be copied, such as a lock, a module or an open file, is itself in it."""
    if is_fixed(value):
        return value
    try:
        return deepcopy(value)
    except Exception:  # whatever a class's own copying may raise
        return _by_parts(value)


def is_fixed(value: Any) -> bool:
    """Return whether nobody who receives a value can change it; a bare ``object()`` is a sentinel."""
    if isinstance(value, tuple | frozenset):
        return all(map(is_fixed, value))
    return isinstance(value, _IMMUTABLE) or type(value) is object


def _by_parts(value: Any) -> Any:
    """Return a container with copies of those parts that can be copied."""
    if type(value) is dict:
        return {key: duplicate(part) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(duplicate, value))
    return value
