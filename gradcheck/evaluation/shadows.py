"""Arrays and numbers with shadows: what they are without them, the shadows alone, and how both are filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcheck._util import map_leaves


class ArrayWithShadow(np.ndarray[Any, Any]):
    """An array with a shadow of the same shape; `is_number` if it stands for one of NumPy's numbers."""

    shadow: Any
    is_number = False


def drop_shadows(tree: Any) -> Any:
    """Return nested arrays and numbers without their shadows."""
    return map_leaves(tree, _drop_shadow)


def _drop_shadow(leaf: Any) -> Any:
    if not isinstance(leaf, ArrayWithShadow):
        return leaf
    array = leaf.view(np.ndarray)
    return array[()] if leaf.is_number else array


def shadows_of(tree: Any) -> Any:
    """Return the shadows of nested arrays and numbers; what has none as it is."""
    return map_leaves(tree, _shadow_of)


def _shadow_of(leaf: Any) -> Any:
    if not isinstance(leaf, ArrayWithShadow):
        return leaf
    return leaf.shadow if has_shadow(leaf) else _drop_shadow(leaf)


def has_shadow(value: Any) -> bool:
    """Return whether a value has a shadow still: views that NumPy makes by itself have lost it."""
    return (
        isinstance(value, ArrayWithShadow) and value.shadow is not None and value.shadow.shape == value.shape
    )


def write_out(out: tuple[Any, ...], value: Any, noisy: Any, where: Any) -> Any:
    """Write results into the arrays that the caller gave for them, and return those."""
    values, shadow = (part if isinstance(part, tuple) else (part,) for part in (value, noisy))
    for target, one, other in zip(out, values, shadow, strict=True):
        np.copyto(_drop_shadow(target), one, casting="unsafe", where=where)
        if has_shadow(target):
            np.copyto(target.shadow, other, casting="unsafe", where=where)
    return out if len(out) > 1 else out[0]


def is_inexact(value: Any) -> bool:
    """Return whether a value is of real or complex floating-point numbers."""
    return isinstance(value, np.ndarray | np.inexact) and value.dtype.kind in "fc"
