"""A function along a line x + t v. Every difference of its values in this package is formed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from gradcheck._util import dot, norm, widen
from gradcheck.errors import NothingToLearn
from gradcheck.types import Array

EVERYWHERE = (-np.inf, np.inf)


@dataclass(frozen=True)
class Neighbourhood:
    """A function f near a point x, read through a cotangent ȳ and held against an expected gradient x̄.

    What is measured is the slope of φ = ⟨ȳ, f⟩ − ⟨x̄, ·⟩, which is zero where x̄ is right. Differences of
    outputs are taken entry by entry before the inner product, which loses nothing.

    Parameters
    ----------
    function
        Takes an array near x, which it may keep, and returns f there. Where f has no value it raises
        `NothingToLearn`.
    x, y
        The point, and f at it.
    y_bar
        The cotangent, of the shape of y.
    x_bar
        The expected gradient of ⟨ȳ, f⟩, in at least double precision; zeros where none is expected.
    eps
        The rounding unit of f: of its outputs or its inputs, whichever is coarser.
    bounds
        The closed domain of every entry of x.
    pull
        Returns the expected gradient at another x, which shows its own rounding; None where it has none.
    """

    function: Callable[[Array], Array]
    x: Array
    y: Array
    y_bar: Array
    x_bar: Array
    eps: float
    bounds: tuple[float, float] = EVERYWHERE
    pull: Callable[[Array], Array] | None = None

    @cached_property
    def size(self) -> float:
        """‖ȳ·y‖₂: the magnitude at which ⟨ȳ, y⟩ is rounded."""
        return norm(widen(self.y_bar) * widen(self.y))

    def value(self, x: Array) -> Array | None:
        """Return f at another x, given away for good; None off the domain, or where f is not finite there."""
        low, high = self.bounds
        if (low > -np.inf and np.any(x < low)) or (high < np.inf and np.any(x > high)):
            return None
        y = evaluate(lambda: self.function(x), self.y.shape)
        return y if y is not None and np.all(np.isfinite(y)) else None


def evaluate(function: Callable[[], Array], shape: tuple[int, ...]) -> Array | None:
    """Return the outputs of a function; None where it has none, or where they have another shape."""
    try:
        y = function()
    except NothingToLearn:
        return None
    return y if y.shape == shape else None


class Reading(Protocol):
    """What is read from outputs that move: one number, or one for each of many outputs."""

    def quantities(self, change: Array, step: Array, h: float) -> Array:
        """Return the quantities (q,) of a change of the outputs by a step of size h."""
        ...

    def sizes(self, y: Array) -> Array:
        """Return the magnitudes (q,) at which they are rounded."""
        ...

    def choose(self, outputs: Array) -> Array:
        """Return of an array like y what stands behind the quantities: for each, or for all together."""
        ...

    def spread(self, chosen: Array) -> Array:
        """Return the noise of the quantities (q,) where that of the outputs, as they are chosen, is this."""
        ...


@dataclass(frozen=True)
class Weighted:
    """One quantity, φ: the excess of ⟨ȳ, f(x + s) − f(x)⟩ over the expected ⟨x̄, s⟩."""

    y_bar: Array
    x_bar: Array

    def quantities(self, change: Array, step: Array, h: float) -> Array:  # noqa: ARG002 -- the step is in s
        """Return the excess."""
        return np.array([float(dot(self.y_bar, change) - dot(self.x_bar, step))])

    def sizes(self, y: Array) -> Array:
        """Return ‖ȳ·y‖₂."""
        return np.array([norm(widen(self.y_bar) * widen(y))])

    def choose(self, outputs: Array) -> Array:
        """Return all outputs: each must be continuous for their sum to be."""
        return outputs

    def spread(self, chosen: Array) -> Array:
        """Return ‖ȳ·noise‖₂."""
        return np.array([norm(widen(self.y_bar) * chosen)])


class Side(NamedTuple):
    """The outputs after a step, their change, and the step that rounding left."""

    y: Array
    change: Array
    step: Array


@dataclass(frozen=True)
class Rung:
    """Both sides of a step h, as read.

    A right gradient leaves ``c₁h³ + c₂h⁵ + … + rounding`` in the mean of both, a wrong one a term linear
    in h. `floor` is the rounding of the mean by itself, `change` how far outputs moved at most.
    """

    h: float
    plus: Array
    minus: Array
    floor: Array
    change: Array

    @property
    def mean(self) -> Array:
        """½ (plus + minus): the central difference, as read."""
        return 0.5 * (self.plus + self.minus)


@dataclass(frozen=True)
class Line:
    """The line x + t v through a `Neighbourhood`.

    Parameters
    ----------
    near
        The function near its point.
    v
        The direction, of the shape of x.
    entries
        The positions in the flat x that move, where it is few of many; all, if left out.
    reading
        What is read from the outputs; the excess of ⟨ȳ, f⟩ if left out.
    """

    near: Neighbourhood
    v: Array
    entries: slice | Array | None = None
    reading: Reading | None = None

    @cached_property
    def predicted(self) -> float:
        """⟨x̄, v⟩: the slope that is expected."""
        return float(dot(self._part(self.near.x_bar), self._part(self.v)))

    @cached_property
    def scale(self) -> float:
        """‖x̄·v‖₂: the size of the terms of the expected slope."""
        return norm(self._part(self.near.x_bar) * widen(self._part(self.v)))

    @cached_property
    def _read(self) -> Reading:
        return self.reading or Weighted(self.near.y_bar, self._part(self.near.x_bar))

    def _part(self, a: Array) -> Array:
        """Return the entries that move: the others may be millions, and are not added up."""
        return a if self.entries is None else a.reshape(-1)[self.entries]

    def step(self, h: float) -> Array:
        """Return what rounding leaves of the step h v, the same to either side.

        It is rounded on the side away from zero, where numbers are further apart, so that x ± step are
        numbers of x's own type.
        """
        x, v = self._part(self.near.x), self._part(self.v)
        outward = np.copysign(np.abs(h * v).astype(x.dtype, copy=False), x)
        rounded = np.abs((x + outward) - x)
        return np.asarray(np.copysign(rounded, v).astype(x.dtype, copy=False))

    def kept(self, h: float) -> float:
        """Return the part of the terms of the expected slope that is left of them in the rounded step h v.

        Next to an edge of the domain v may be so short that its steps are lost in x.
        """
        moved = norm(self._part(self.near.x_bar) * widen(self.step(h))) / h
        return moved / self.scale if self.scale > 0.0 else 1.0

    def side(self, t: float) -> Side | None:
        """Return what is there after the step t v, or None where it leaves the domain."""
        step = self.step(abs(t))
        return self._after(step if t > 0.0 else -step)

    def _after(self, step: Array) -> Side | None:
        if self.entries is None:
            moved = self.near.x + step
        else:
            moved = self.near.x.copy()
            moved.reshape(-1)[self.entries] += step
        y = self.near.value(moved)
        return None if y is None else Side(y, widen(y) - widen(self.near.y), widen(step))

    def spread(self, chosen: Array) -> Array:
        """Return the noise of what is read where that of the outputs behind it is this."""
        return self._read.spread(chosen)

    def excess(self, side: Side, h: float) -> Array:
        """Return what is read from one side of a step of size h."""
        return self._read.quantities(side.change, side.step, h)

    def rung(self, h: float) -> Rung | None:
        """Return both sides of the step h, or None where either leaves the domain."""
        step = self.step(h)
        up = self._after(step)
        down = self._after(-step) if up is not None else None
        if up is None or down is None:
            return None
        plus, minus = self.excess(up, h), -self.excess(down, h)
        if not (np.all(np.isfinite(plus)) and np.all(np.isfinite(minus))):
            return None  # the step is lost in x, or the sum is beyond all numbers
        sizes = np.maximum(self._read.sizes(up.y), self._read.sizes(down.y))
        change = np.maximum(np.abs(up.change), np.abs(down.change))
        return Rung(h, plus, minus, self.near.eps * sizes / np.sqrt(2.0), self._read.choose(change))
