"""How far the derived slope is off along a part of an input, with a bound: four forward calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gradcheck.evaluation import Point
from gradcheck.judging import K
from gradcheck.numerics import Line, Noise, divide_difference, extrapolate, measure_noise
from gradcheck.types import Array, Rng

EXCESS_STEP = 2.0**-9
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
    def of(cls, point: Point, argnum: int, v: Array, rng: Rng) -> Meter:
        """Measure the noise once, for all parts."""
        whole = Line(point.near(argnum), v)
        return cls(whole, measure_noise(whole, rng))

    def along(self, v: Array) -> Meter:
        """Return what measures along another direction, by the noise that is known."""
        whole = replace(self.whole, v=v)
        return Meter(whole, replace(self.noise, expected=self._expected_noise(whole)))

    @property
    def v(self) -> Array:
        """The direction, flat."""
        return self.whole.v.reshape(-1)

    def over_range(self, start: int, stop: int) -> Excess | None:
        """Return the excess of the entries from `start` up to `stop`, by position in the flat input."""
        return self._extrapolate(slice(start, stop))

    def over_mask(self, mask: Array) -> Excess | None:
        """Return the excess of the entries that a mask of the input's shape selects."""
        return self._extrapolate(mask.ravel())

    def _extrapolate(self, selection: slice | Array) -> Excess | None:
        """Measure at two steps and extrapolate; None where a step leaves the domain."""
        line = replace(self.whole, entries=selection)
        coarse, fine = divide_difference(line, EXCESS_STEP), divide_difference(line, EXCESS_STEP / 2)
        if coarse is None or fine is None:
            return None
        gap, size = float(abs(fine.slope - coarse.slope)[0]), line.scale + float(abs(fine.slope)[0])
        rough = min(1.0, SMOOTH + ROUGH * gap / size) if size > 0.0 else 1.0
        rounding = max(2.0 * self.noise.forward / EXCESS_STEP, float(fine.floor[0]))
        error = gap * rough + rounding + self._expected_noise(line)
        return Excess(float(extrapolate(coarse, fine)[0]), error)

    def _expected_noise(self, line: Line) -> float:
        """Return the noise of the expected slope along another line: it goes with the size of its terms."""
        share = line.scale / self.whole.scale if self.whole.scale > 0.0 else 1.0
        return self.noise.expected * share
