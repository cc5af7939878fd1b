"""Two ways to compute one directional slope, and what rounding leaves between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, widen
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.scatter import largest_change
from gradcheck.evaluation.trial import Trial
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class SlopePair:
    """The slope ⟨x̄, ẋ⟩ by the pullback and ⟨ȳ, ẏ⟩ by other means.

    `scale` is the size of their terms, `terms` that of all that was added up to make them.
    """

    derived: float
    other: float
    scale: float
    terms: float

    @classmethod
    def of(cls, point: Point, tangents: dict[int, Array], y_dot: Array) -> SlopePair:
        """Compare a pullback with the tangent of the output, along the tangents of some inputs."""
        pairs = [(point.x_bar(argnum), widen(x_dot)) for argnum, x_dot in tangents.items()]
        pairs.append((widen(point.y_bar), widen(y_dot)))
        *derived, other = (float(dot(a, b)) for a, b in pairs)
        # What cancels inside of the pullback is as large as the output itself, and leaves its rounding.
        scale = max(float(np.sum(np.abs(a * b))) for a, b in pairs)
        return cls(float(sum(derived)), other, scale, max(point.size, scale))

    def sensitivity(self, of_terms: float) -> float:
        """Return the sensitivity relative to the slope, from that relative to all terms."""
        return of_terms * self.terms / self.scale if self.scale > 0.0 else np.inf


def slope_scatter(
    point: Point, tangents: dict[int, Array], y_dot: Callable[[Trial], Array]
) -> Callable[[], Array]:
    """Return a function that measures how far rounding moves the difference of the two slopes."""
    base = SlopePair.of(point, tangents, y_dot(point.trial))

    def scatter() -> Array:
        rng = point.trial.rng("scatter")

        def sample(moved: Trial, _: Rng) -> Array:
            again = Point.with_cotangent(moved, moved.forward(), point.y_bar)
            slopes = SlopePair.of(again, tangents, y_dot(moved))
            return np.asarray(slopes.derived - slopes.other)

        return largest_change(np.asarray(base.derived - base.other), sample, point.trial, rng)

    return scatter
