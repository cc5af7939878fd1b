"""How far the derived slope is off along a part of an input, with a bound: four forward calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, norm, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point
from gradcheck.judging import K
from gradcheck.numerics import Line, Noise, measure
from gradcheck.types import Array, Rng

STEP = 2.0**-9
"""The larger of two steps, in units of the direction: truncation and rounding are both far below 1e-8."""
SMOOTH = 2.0**-10
"""Of the gap between two steps, so much may be left after Richardson's extrapolation of a smooth map."""
ROUGH = 2.0**6
"""A gap that is a larger part of the slope than the inverse of this is no truncation: a kink is near."""


@dataclass(frozen=True)
class Excess:
    """Numerical minus derived slope along some entries, and how far off that may be."""

    value: float
    error: float

    @property
    def allowed(self) -> float:
        """The largest excess that is no sign of an error."""
        return K * self.error

    @property
    def shows(self) -> bool:
        """Whether some of the entries are wrong."""
        return abs(self.value) > self.allowed

    def __sub__(self, other: Excess) -> Excess:
        """Return what is left for the other entries: excesses add up."""
        return Excess(self.value - other.value, self.error + other.error)


@dataclass(frozen=True)
class Meter:
    """Measures excesses along parts of one direction.

    Parameters
    ----------
    whole
        The line along the whole direction.
    noise
        The noise along it.
    """

    whole: Line
    noise: Noise

    @classmethod
    def of(cls, point: Point, block: int, v: Array, rng: Rng) -> Meter:
        """Measure the noise once, for all parts."""
        whole = Line(point, block, v)
        return cls(whole, measure(whole, rng))

    @property
    def v(self) -> Array:
        """The direction, flat."""
        return self.whole.v.reshape(-1)

    @property
    def x_bar(self) -> Array:
        """The derived cotangent, flat."""
        return self.whole.x_bar.reshape(-1)

    def among(self, start: int, stop: int) -> Excess | None:
        """Return the excess of the entries from `start` up to `stop`, by position in the flat input."""
        return self._along(slice(start, stop))

    def within(self, mask: Array) -> Excess | None:
        """Return the excess of the entries that a mask of the input's shape selects."""
        return self._along(mask.ravel())

    def _along(self, chosen: slice | Array) -> Excess | None:
        """Measure at two steps and extrapolate; None where a step leaves the domain."""
        larger, smaller = (self._central(chosen, h) for h in (STEP, STEP / 2))
        if larger is None or smaller is None:
            return None
        scale = norm(self.x_bar[chosen] * self.v[chosen])
        gap = abs(smaller.slope - larger.slope)
        size = scale + abs(smaller.slope)
        rough = min(1.0, SMOOTH + ROUGH * gap / size) if size > 0.0 else 1.0
        share = scale / self.whole.scale if self.whole.scale > 0.0 else 1.0
        error = gap * rough + smaller.rounding + self.noise.pullback * share
        return Excess((4.0 * smaller.slope - larger.slope) / 3.0, error)

    def _central(self, chosen: slice | Array, h: float) -> _Central | None:
        """Return the central difference along chosen entries, less what is derived for it.

        Only those entries are added up: the others may be millions.
        """
        point, trial = self.whole.point, self.whole.point.trial
        x = trial.primals[self.whole.block]
        low, high = trial.bounds(self.whole.block)
        excesses, sizes = [], []
        for t in (h, -h):
            moved = x.copy()
            flat = moved.reshape(-1)
            flat[chosen] += np.asarray(t * self.v[chosen], dtype=x.dtype)
            if np.any(flat[chosen] < low) or np.any(flat[chosen] > high):
                return None
            try:
                y = trial.replaced(self.whole.block, moved).forward()
            except (LayerRaised, BrokenContract, CannotVerify):
                return None
            if y.shape != point.y.shape or not np.all(np.isfinite(y)):
                return None
            step = wide(flat[chosen]) - wide(x.reshape(-1)[chosen])
            change = wide(y) - wide(point.y)
            excesses.append(dot(point.y_bar, change) - dot(self.x_bar[chosen], step))
            sizes.append(norm(wide(point.y_bar) * wide(y)))
        floor = point.eps * max(sizes) / np.sqrt(2.0)
        slope = (excesses[0] - excesses[1]) / (2.0 * h)
        return _Central(float(slope), float(max(self.noise.forward, floor) / h))


@dataclass(frozen=True)
class _Central:
    """A central difference's excess over the derived slope, and its rounding."""

    slope: float
    rounding: float
