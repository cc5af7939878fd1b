"""`Hidden`: a right layer, and a mistake that shows in a corner of the declared domain only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck.types import Array

KINDS = ("size", "option", "pair", "value", "tie", "cotangent", "call", "output")
"""What the corner is made of, in the order of the tables."""


@dataclass(frozen=True)
class Right:
    """A layer whose backward is right, with the fields of its record.

    Parameters
    ----------
    name
        What tables call it.
    forward
        ``forward(*primals, **options) -> y``.
    backward
        ``backward(y_bar, *primals, **options) -> (x_bar, ...)``.
    fields
        The other fields of `Layer`: shapes, options, domain.
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., tuple[Any, ...]]
    fields: dict[str, Any]

    @property
    def layer(self) -> Layer:
        """The right layer."""
        return Layer.from_backward(self.forward, self.bars, name=self.name, **self.fields)

    def bars(self, y_bar: Any, *primals: Any, **options: Any) -> tuple[Any, ...]:
        """Return the right cotangents, as arrays of their own in the primals' dtypes."""
        found = self.backward(y_bar, *primals, **options)
        pairs = zip(found, primals, strict=True)
        return tuple(None if bar is None else np.array(bar, dtype=x.dtype) for bar, x in pairs)


def right(
    name: str, forward: Callable[..., Any], backward: Callable[..., tuple[Any, ...]], **fields: Any
) -> Right:
    """Return a right layer of a forward, a backward, and the fields of its record."""
    return Right(name, forward, backward, fields)


@dataclass(frozen=True)
class Hidden:
    """One hidden mistake.

    Parameters
    ----------
    right
        The layer without it.
    kind
        One of `KINDS`.
    damage
        ``damage(bars, y_bar, *primals, **options)`` is handed the right cotangents as a list of arrays of
        its own, and spoils them in place where the mistake shows. Of the kind ``"call"`` it has a
        ``memory=`` besides, a dict that lives as long as the layer.
    """

    right: Right
    kind: str
    damage: Callable[..., None]

    @property
    def name(self) -> str:
        """The layer's name, and that of the mistake."""
        return f"{self.right.name}: {self.damage.__name__.strip('_').replace('_', ' ')}"

    @property
    def story(self) -> str:
        """What was done, in a sentence."""
        return (self.damage.__doc__ or "").strip()

    def make(self) -> Layer:
        """Return the wrong layer, as it is before anybody has called it."""
        memory: dict[str, Any] = {"memory": {}} if self.kind == "call" else {}

        def backward(y_bar: Any, *primals: Any, **options: Any) -> tuple[Any, ...]:
            bars = [*self.right.bars(y_bar, *primals, **options)]
            self.damage(bars, y_bar, *primals, **options, **memory)
            return tuple(bars)

        return Layer.from_backward(self.right.forward, backward, name=self.right.name, **self.right.fields)


@dataclass
class Collection:
    """Where a file collects its mistakes."""

    found: list[Hidden] = field(default_factory=list)

    def add(self, right: Right, kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Return a decorator that takes a function for the damage of a mistake."""
        assert kind in KINDS

        def added(damage: Callable[..., None]) -> Callable[..., None]:
            self.found.append(Hidden(right, kind, damage))
            return damage

        return added


def scaled(bar: Array, where: Any, factor: float) -> None:
    """Multiply the entries of a cotangent that a mask or an index chooses, in place."""
    bar[where] = bar[where] * factor
