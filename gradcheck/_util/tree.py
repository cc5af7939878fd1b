"""Nested tuples, lists and dicts: their leaves with the paths to them, and how to fill them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import Any

import numpy as np


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a tree in order, each with its path, such as ``params['W']`` or ``xs[0]``.

    Whatever is no tuple, list or dict is a leaf, ``None`` too.
    """
    if type(tree) is np.ndarray:
        yield path, tree  # nearly all that comes: what else it is not needs no asking
    elif isinstance(tree, Mapping):
        for key, branch in tree.items():
            yield from leaves(branch, f"{path}[{key!r}]")
    elif isinstance(tree, tuple | list):
        for i, branch in enumerate(tree):
            yield from leaves(branch, f"{path}[{i}]")
    else:
        yield path, tree


def unflatten(tree: Any, values: Iterable[Any]) -> Any:
    """Return a tree of the same structure, whose leaves are the next of `values`, in order."""
    upcoming = iter(values)
    return map_leaves(tree, lambda _: next(upcoming))


def map_leaves(tree: Any, function: Callable[[Any], Any]) -> Any:
    """Return a tree of the same structure with every leaf replaced by ``function(leaf)``."""
    if type(tree) is np.ndarray:
        return function(tree)  # as above
    if isinstance(tree, Mapping):
        return _like(tree, {key: map_leaves(branch, function) for key, branch in tree.items()})
    if isinstance(tree, tuple | list):
        branches = [map_leaves(branch, function) for branch in tree]
        if hasattr(tree, "_fields"):  # a named tuple takes its fields one by one
            return type(tree)(*branches)
        return tuple(branches) if isinstance(tree, tuple) else branches
    return function(tree)


def _like(tree: Mapping[Any, Any], branches: dict[Any, Any]) -> Any:
    """Return branches in a mapping of the class of `tree`, where that can be filled; else in a dict."""
    if type(tree) is dict:
        return branches
    try:
        made: Any = copy(tree)
        made.update(branches)
    except Exception:  # a read-only mapping, or a class with a copy of its own
        return branches
    return made


def match_leaves(tree: Any, other: Any) -> list[Any] | None:
    """Return what stands in `other` at every leaf of `tree`, in order; None if their structures differ.

    A ``None`` in `other` stands for a whole branch of them, and so does a missing key.
    """
    if other is None:
        return [None for _ in leaves(tree)]
    if isinstance(tree, Mapping):
        if not isinstance(other, Mapping) or not other.keys() <= tree.keys():
            return None
        return _concatenate(match_leaves(branch, other.get(key)) for key, branch in tree.items())
    if isinstance(tree, tuple | list):
        if not isinstance(other, tuple | list) or len(other) != len(tree):
            return None
        return _concatenate(match_leaves(a, b) for a, b in zip(tree, other, strict=True))
    return [other]


def _concatenate(parts: Iterable[list[Any] | None]) -> list[Any] | None:
    leaves_so_far: list[Any] = []
    for part in parts:
        if part is None:
            return None
        leaves_so_far += part
    return leaves_so_far
