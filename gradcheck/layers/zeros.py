"""Which sizes of a layer may be zero, so that an input has no entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.errors import is_control
from gradcheck.layers.shapes import evaluate_shape, letters

if TYPE_CHECKING:
    from gradcheck.layers.layer import Layer

TRIES = 64
"""Random combinations of sizes and options that are tried for each letter: all of them, for two letters of
four sizes. With fewer, a `where` that takes few combinations seems to take none, and nothing is checked."""
LARGEST = 4
"""Sizes that are tried beside the zero: as large as most that are drawn."""


def has_empty_input(shapes: Iterable[str], sizes: Mapping[str, Any]) -> bool:
    """Return whether an input has no entries: ``"n+1"`` has some even where n is zero."""
    return any(0 in evaluate_shape(shape, sizes) for shape in shapes)


def letters_of_zero(layer: Layer) -> tuple[str, ...]:
    """Return the letters that shapes and `where` let be zero, with some input empty then."""
    names = [name for name in letters(layer.leaf_shapes.values()) if name not in layer.options]
    return tuple(name for name in names if _may_be_zero(layer, names, name))


def _may_be_zero(layer: Layer, names: list[str], zero: str) -> bool:
    rng = np.random.default_rng(0)
    for _ in range(TRIES):
        sizes = {name: int(rng.integers(1, LARGEST + 1)) for name in names} | {zero: 0}
        options = {name: values[int(rng.integers(len(values)))] for name, values in layer.options.items()}
        known = {**sizes, **options}
        if not has_empty_input(layer.leaf_shapes.values(), known):
            continue
        try:
            if layer.accepts(known):
                return True
        except BaseException as cause:
            if is_control(cause):
                raise
            return True  # a predicate that raises is reported when its examples are drawn
    return False
