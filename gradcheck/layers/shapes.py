"""The shape language: ``"n g*i h+p-1"`` says how the sizes of a layer's inputs go together.

A shape is a string of axes separated by blanks. An axis is a number, a letter (any
identifier), or sums and products of these, without brackets: ``g*i``, ``h+p-1``. Equal
letters are equal sizes; a letter that names an option takes the option's value. ``"..."``
stands for a whole shape of any rank, the same wherever it is written; ``""`` is a scalar.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

ANY_SHAPE = "..."
KEPT = 256
"""Axes and predicates that are remembered as they were read: each comes again at every size that is tried."""
_FACTOR = r"(?:[A-Za-z_]\w*|\d+)"
_TERM = rf"{_FACTOR}(?:\*{_FACTOR})*"
_AXIS = re.compile(rf"{_TERM}(?:[+-]{_TERM})*\Z")
_SIGNED_TERM = re.compile(rf"([+-]?)({_TERM})")


def malformed_axis(shape: str) -> str | None:
    """Return the first axis of `shape` that the language does not know, or None."""
    return next((axis for axis in shape.split() if axis != ANY_SHAPE and not _AXIS.match(axis)), None)


def letters(shapes: Iterable[str]) -> tuple[str, ...]:
    """Return the letters of all `shapes`, each once, in the order in which they are read."""
    axes = (axis for shape in shapes for axis in shape.split() if axis != ANY_SHAPE)
    factors = (factor for axis in axes for factor in re.split(r"[*+-]", axis))
    return tuple(dict.fromkeys(factor for factor in factors if not factor.isdigit()))


def evaluate_shape(shape: str, sizes: Mapping[str, Any], any_shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the shape that `shape` spells when its letters have these `sizes`.

    An axis may come out negative, as ``h-p+1`` does when p is too large; see `fits`.
    """
    axes: list[int] = []
    for axis in shape.split():
        axes.extend(any_shape if axis == ANY_SHAPE else (_size(axis, sizes),))
    return tuple(axes)


def _size(axis: str, sizes: Mapping[str, Any]) -> int:
    total = 0
    for factor, letters_ in _terms(axis):
        for letter in letters_:
            factor *= int(sizes[letter])
        total += factor
    return total


@lru_cache(maxsize=KEPT)
def _terms(axis: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the terms of an axis: what is known of each, with its sign, and its letters."""
    terms = []
    for sign, term in _SIGNED_TERM.findall(axis):
        factors = term.split("*")
        known = prod(int(factor) for factor in factors if factor.isdigit())
        terms.append((-known if sign == "-" else known, tuple(f for f in factors if not f.isdigit())))
    return tuple(terms)


def sizes_of(shapes: Iterable[str], values: Iterable[Any]) -> dict[str, int]:
    """Return the sizes of the letters that stand as axes of their own, read from arrays of these shapes."""
    sizes: dict[str, int] = {}
    for shape, value in zip(shapes, values, strict=True):
        axes, actual = shape.split(), np.shape(value)
        cut = axes.index(ANY_SHAPE) if ANY_SHAPE in axes else len(axes)
        after = len(axes) - cut - 1
        pairs = [*zip(axes[:cut], actual, strict=False)]
        if after > 0:
            pairs += zip(axes[-after:], actual[-after:], strict=False)
        sizes.update((axis, size) for axis, size in pairs if axis.isidentifier())
    return sizes


def fits(shapes: Iterable[str], sizes: Mapping[str, Any]) -> bool:
    """Return whether no axis of any of `shapes` comes out negative."""
    return all(size >= 0 for shape in shapes for size in evaluate_shape(shape, sizes))


def call_with_known(predicate: Callable[..., bool], known: Mapping[str, Any]) -> bool:
    """Call a predicate with those of the known sizes, options and inputs that it names."""
    try:
        names = _names(predicate)
    except TypeError:  # it can't be hashed, so that nothing is remembered of it
        names = _names.__wrapped__(predicate)
    return bool(predicate(**known if names is None else {name: known[name] for name in names}))


@lru_cache(maxsize=KEPT)
def _names(predicate: Callable[..., bool]) -> tuple[str, ...] | None:
    """Return what a predicate asks for; None if that is all there is."""
    parameters = inspect.signature(predicate).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters) else tuple(p.name for p in parameters)
