"""The one function in which a layer's gradient is written, and the layer's VJP with another in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING

from gradcheck.layers.functional import VJP

if TYPE_CHECKING:
    from gradcheck.layers.layer import Layer


@dataclass(frozen=True)
class Derivation:
    """A function that derives cotangents, and what makes a VJP of it.

    `is_pair` says that the cotangents are returned by a pullback inside of it, or beside the output.
    """

    function: FunctionType
    join: Callable[[FunctionType], VJP]
    is_pair: bool


def derivation_of(layer: Layer) -> Derivation | None:
    """Return the function in which the gradient is written; None where it is no single plain function."""
    vjp = layer.vjp
    function = getattr(vjp, "__wrapped__", vjp)
    join = getattr(vjp, "join", None if function is not vjp else lambda other: other)
    if layer.module is not None or join is None or not isinstance(function, FunctionType):
        return None
    if hasattr(function, "__wrapped__"):
        return None  # what a decorator does to it would be lost
    return Derivation(function, join, function is vjp or getattr(vjp, "is_pair", False))
