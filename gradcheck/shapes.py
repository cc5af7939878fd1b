"""The shape language: ``"n g*i h w"`` says which sizes of a layer's inputs are equal.

A shape is a string of axes separated by blanks. An axis is a number, a letter (any
identifier), or a product of these (``g*i``). Equal letters are equal sizes; a letter
that names an option takes the option's value. ``"..."`` stands for a whole shape of
any rank, the same wherever it is written; ``""`` is a scalar.
"""

import re
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

ANY_SHAPE = "..."
_AXIS = re.compile(r"(?:[A-Za-z_]\w*|\d+)(?:\*(?:[A-Za-z_]\w*|\d+))*\Z")


def malformed_axis(shape: str) -> str | None:
    """Return the first axis of `shape` that the language does not know, or None."""
    return next((axis for axis in shape.split() if axis != ANY_SHAPE and not _AXIS.match(axis)), None)


def letters(shapes: Iterable[str]) -> tuple[str, ...]:
    """Return the letters of all `shapes`, each once, in the order in which they are read."""
    factors = (factor for shape in shapes for axis in shape.split() for factor in axis.split("*"))
    return tuple(dict.fromkeys(f for f in factors if f != ANY_SHAPE and not f.isdigit()))


def solve(shape: str, sizes: Mapping[str, Any], any_shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the shape that `shape` spells when its letters have these `sizes`."""
    axes: list[int] = []
    for axis in shape.split():
        if axis == ANY_SHAPE:
            axes.extend(any_shape)
        else:
            axes.append(prod(int(f) if f.isdigit() else int(sizes[f]) for f in axis.split("*")))
    return tuple(axes)
