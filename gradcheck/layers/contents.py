"""The numbers that an object holds, each with its place, as one writes that after ``layer.``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import identical

Contents: TypeAlias = dict[str, Any]
DEPTH = 5
"""Objects inside of objects are entered down to here: a network holds layers, a layer parameters, a
parameter its gradient. With half of it the gradients of a network's layers are not seen; twice would follow
an object into whatever it belongs to."""
MOST = 10_000
"""So many numbers are looked at: an object that holds a data set would take longer than the check itself."""


def numbers_in(obj: Any) -> Contents:
    """Return the floating-point arrays and numbers that an object holds, by their places."""
    found: Contents = {}
    for place, value in _walk(obj, "", DEPTH, {id(obj)}):
        if len(found) >= MOST:
            break
        if isinstance(value, float) or (_is_numeric(value) and value.dtype.kind in "fc"):
            found[place] = value
    return found


def snapshot(contents: Contents) -> Contents:
    """Return what an object holds as it is now, whatever is written into it later."""
    return {place: np.array(value) for place, value in contents.items()}


def differing(some: Contents, others: Contents) -> list[str]:
    """Return the places that both have, and whose values differ."""
    shared = (place for place in some if place in others)
    return [p for p in shared if not identical(np.asarray(some[p]), np.asarray(others[p]))]


def _walk(obj: Any, place: str, depth: int, seen: set[int]) -> Iterator[tuple[str, Any]]:
    for step, part in _parts(obj):
        there = f"{place}{step}" if step.startswith("[") else f"{place}.{step}".removeprefix(".")
        yield there, part
        if depth > 0 and id(part) not in seen and not _is_numeric(part):
            seen.add(id(part))
            yield from _walk(part, there, depth - 1, seen)


def _parts(obj: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(obj, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in obj.items() if isinstance(key, str | int))
    elif isinstance(obj, list | tuple):
        yield from ((f"[{i}]", part) for i, part in enumerate(obj))
    elif not isinstance(obj, type | ModuleType | FunctionType | MethodType):
        yield from [*getattr(obj, "__dict__", {}).items()]


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic)
