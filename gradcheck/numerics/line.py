"""The forward map along a line x + t v in one input, compared with what the derived gradient predicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck._util import dot, norm, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point
from gradcheck.types import Array


@dataclass(frozen=True)
class Rung:
    """Both sides of a step h, each less what the derived gradient predicts for it.

    ``plus = ⟨ȳ, f(x+hv) − f(x)⟩ − ⟨x̄, hv⟩``, ``minus`` likewise from x−hv to x, and
    ``mean`` their average: a correct gradient leaves ``c₁h³ + c₂h⁵ + … + rounding`` in it,
    a wrong one leaves a term linear in h. `floor` is the rounding of `mean` by itself,
    `change` the larger of the two moves of every output.
    """

    h: float
    plus: float
    minus: float
    floor: float
    change: Array

    @property
    def mean(self) -> float:
        """½ (plus + minus): the central difference's excess over the derived gradient."""
        return 0.5 * (self.plus + self.minus)


@dataclass(frozen=True)
class Line:
    """The line x + t v in the input `block` of a `Point`."""

    point: Point
    block: int
    v: Array

    @cached_property
    def x_bar(self) -> Array:
        """The derived cotangent of the input that moves."""
        return self.point.x_bar(self.block)

    @cached_property
    def predicted(self) -> float:
        """⟨x̄, v⟩: the slope that the derived gradient predicts."""
        return float(dot(self.x_bar, self.v))

    @cached_property
    def scale(self) -> float:
        """‖x̄·v‖₂: the size of the terms of the predicted slope."""
        return norm(self.x_bar * wide(self.v))

    def side(self, t: float) -> tuple[float, Array, Array] | None:
        """Return the excess ⟨ȳ, f(x+tv) − f(x)⟩ − ⟨x̄, tv⟩, the outputs and their change.

        None where the step leaves the domain.

        The step is the one that rounding left, ``fl(x + tv) − x``, and outputs are subtracted
        entry by entry before the inner product, which loses nothing.
        """
        trial = self.point.trial
        x = trial.primals[self.block]
        moved = (x + np.asarray(t * self.v, dtype=x.dtype)).astype(x.dtype)
        if not trial.holds(self.block, moved):
            return None
        expected = dot(self.x_bar, wide(moved) - wide(x))
        try:
            y = trial.replaced(self.block, moved).forward((self.block,))
        except (LayerRaised, BrokenContract, CannotVerify):
            return None
        if y.shape != self.point.y.shape or not np.all(np.isfinite(y)):
            return None
        change = wide(y) - wide(self.point.y)
        excess = dot(self.point.y_bar, change) - expected
        return float(excess), y, np.abs(change)

    def rung(self, h: float) -> Rung | None:
        """Return both sides of the step h, or None where either leaves the domain."""
        up = self.side(h)
        down = self.side(-h) if up is not None else None
        if up is None or down is None:
            return None
        floor = self.point.eps * max(self._size(up[1]), self._size(down[1])) / np.sqrt(2.0)
        return Rung(h, up[0], -down[0], floor, np.maximum(up[2], down[2]))

    def _size(self, y: Array) -> float:
        return norm(wide(self.point.y_bar) * wide(y))
