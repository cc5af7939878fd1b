"""The agreed form of what forward maps return: one real array, whatever it was made of."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gradcheck._util import leaves, match_leaves, native, unflatten
from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.evaluation.conventions import Slot
from gradcheck.evaluation.kinds import NUMBERS, describe_kind, refuse_special
from gradcheck.types import Array


def read_output(layer: str, role: str, y: Any) -> Array:
    """Return what a forward map returned as one real array.

    One array or number stays itself; the leaves of a nested output are strung together, less
    those of integers, which have no derivative.

    Raises
    ------
    BrokenContract
        If it is neither an array, nor a number, nor made of them.
    CannotVerify
        If nothing in it has a derivative.
    """
    if type(y) is np.ndarray and y.dtype.kind == "f":
        return native(np.array(y))  # a copy: some layers write every result into one buffer
    parts = [_read_leaf(layer, role, path, leaf) for path, leaf in leaves(y)]
    differentiable = [part for part in parts if part.dtype.kind == "f"]
    if not differentiable:
        kinds = ", ".join(sorted({str(part.dtype) for part in parts})) or "no"
        message = (
            f"{role} of {layer!r} returned {kinds} values, which have no derivative; "
            "a floating-point output is expected"
        )
        raise CannotVerify(message)
    if len(parts) == 1 and not isinstance(y, tuple | list | dict):
        return np.array(parts[0])
    return np.concatenate([part.ravel() for part in differentiable])


def _read_leaf(layer: str, role: str, path: str, leaf: Any) -> Array:
    refuse_special(f"what {role} of {layer!r} returned" + (f" in y{path}" if path else ""), leaf, "y")
    if not isinstance(leaf, NUMBERS) or np.asarray(leaf).dtype.kind not in "fiubc":
        found = describe_kind(leaf)
        text = f"but y{path} is {found}; if it is a cache, use Layer.from_cached" if path else f"got {found}"
        message = f"{role} of {layer!r} must return arrays or numbers, {text}"
        raise BrokenContract(message)
    return Slot.of(leaf).read(native(np.asarray(leaf)))


def fill_cotangent(y: Any, y_bar: Array) -> Any:
    """Return a cotangent in the form of the output `y`: None for leaves without a derivative."""
    if not isinstance(y, tuple | list | dict):
        return Slot.of_output(y).fill(y_bar)
    slots = [(Slot.of_output(leaf), np.asarray(leaf)) for _, leaf in leaves(y)]
    parts: list[Any] = []
    start = 0
    for slot, leaf in slots:
        if leaf.dtype.kind not in "fc":
            parts.append(None)
            continue
        shape = (*leaf.shape, 2) if slot.is_complex else leaf.shape
        stop = start + int(np.prod(shape))
        parts.append(slot.fill(y_bar[start:stop].reshape(shape).astype(native(leaf.real).dtype)))
        start = stop
    return unflatten(y, parts)


def output_ends(y: Any) -> list[tuple[int, int]]:
    """Return where each leaf with a derivative begins and ends in what `read_output` makes of `y`."""
    sizes = [Slot.of(leaf).read(native(np.asarray(leaf))).size for _, leaf in leaves(y) if _is_real(leaf)]
    stops = np.cumsum([0, *sizes])
    return [(int(start), int(stop)) for start, stop in pairwise(stops)]


def _is_real(leaf: Any) -> bool:
    return np.asarray(leaf).dtype.kind in "fc"


def read_tangent(layer: str, returned: Any) -> tuple[Array, Array]:
    """Return the pair (y, y_dot) that a JVP returned as two real arrays.

    Raises
    ------
    BrokenContract
        If it is no such pair, or y_dot has not the structure and shapes of y.
    """
    if not isinstance(returned, tuple) or len(returned) != 2:
        message = f"jvp of {layer!r} must return the pair (y, y_dot), got {describe_kind(returned)}"
        raise BrokenContract(message)
    y, y_dot = returned
    dots = match_leaves(y, y_dot)
    if dots is None:
        text = f"{describe_kind(y_dot)}, expected {describe_kind(y)} as y is"
        message = f"jvp of {layer!r} returned a y_dot that is {text}"
        raise BrokenContract(message)
    tangent_leaves = [
        dot for (_, leaf), dot in zip(leaves(y), dots, strict=True) if np.asarray(leaf).dtype.kind in "fc"
    ]
    values = read_output(layer, "jvp", y)
    tangents = read_output(layer, "jvp", tangent_leaves if isinstance(y, tuple | list | dict) else y_dot)
    if values.shape != tangents.shape or values.dtype != tangents.dtype:
        text = f"{tangents.dtype} {tangents.shape}, expected {values.dtype} {values.shape} as y is"
        message = f"jvp of {layer!r} returned a y_dot that is {text}"
        raise BrokenContract(message)
    return values, tangents
