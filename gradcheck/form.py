"""The agreed form of what a layer takes and returns, and the sentences that say how it was broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.types import Array, Pullback


def primal(layer: str, name: str, value: Any) -> Array:
    """Return a primal as an array.

    Raises
    ------
    CannotVerify
        If it is not a real array or number.
    """
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic | float | int) else None
    if array is None or array.dtype.kind not in "fiub":
        message = f"{name!r} of {layer!r} is {_kind(value)}; an array of real numbers is expected"
        raise CannotVerify(message)
    return array


def output(layer: str, role: str, y: Any) -> Array:
    """Return what a forward map returned as an array.

    Raises
    ------
    BrokenContract
        If it is not one array or number.
    CannotVerify
        If its dtype has no derivative.
    """
    if not isinstance(y, np.ndarray | np.generic | float | int):
        message = f"{role} of {layer!r} must return one array or number, got {_kind(y)}"
        raise BrokenContract(message)
    array = np.array(y)  # a copy: some layers write every result into one buffer
    if not np.issubdtype(array.dtype, np.floating):
        message = (
            f"{role} of {layer!r} returned {array.dtype} values, which have no derivative; "
            "a real floating-point output is expected"
        )
        raise CannotVerify(message)
    return array


def linearised(layer: str, role: str, returned: Any) -> tuple[Any, Pullback]:
    """Return the pair (y, pullback) that a VJP returned.

    Raises
    ------
    BrokenContract
        If it is no such pair.
    """
    if not isinstance(returned, tuple) or len(returned) != 2:
        message = f"{role} of {layer!r} must return the pair (y, pullback), got {_kind(returned)}"
        raise BrokenContract(message)
    y, pullback = returned
    if not isinstance(pullback, Callable):  # type: ignore[arg-type]
        message = f"{role} of {layer!r} must return the pair (y, pullback), but pullback is {_kind(pullback)}"
        raise BrokenContract(message)
    return y, pullback


def cotangents(layer: str, returned: Any, names: tuple[str, ...], role: str = "pullback") -> tuple[Any, ...]:
    """Return what a pullback returned as a tuple with one entry for each primal.

    Raises
    ------
    BrokenContract
        If the count is another.
    """
    bars = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    if len(bars) != len(names):
        message = (
            f"the {role} of {layer!r} returned {_counted(len(bars), 'cotangent')}, "
            f"expected {len(names)} ({', '.join(names)})"
        )
        raise BrokenContract(message)
    return bars


def cotangent(layer: str, name: str, primal: Array, bar: Any) -> Array:
    """Return one cotangent as an array of its primal's shape.

    Raises
    ------
    BrokenContract
        If it is None, not numeric, or of another shape.
    """
    if bar is None:
        message = (
            f"the pullback of {layer!r} returned None for {name!r}, an input with a derivative; "
            f"return its cotangent, or declare constants=({name!r},)"
        )
        raise BrokenContract(message)
    array = np.array(bar) if isinstance(bar, np.ndarray | np.generic | float | int) else None
    if array is None or not np.issubdtype(array.dtype, np.number):
        message = f"the cotangent of {name!r} is {_kind(bar)}, expected an array of {primal.dtype}"
        raise BrokenContract(message)
    if array.shape != primal.shape:
        message = f"the cotangent of {name!r} has the shape {array.shape}, expected {primal.shape}"
        raise BrokenContract(message)
    return array


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + "s" * (count != 1)


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return "None" if value is None else f"a {type(value).__name__}"
