"""Kinks: places where the two one-sided derivatives differ."""

from __future__ import annotations

from dataclasses import dataclass

from gradcheck.numerics.extrapolation import JUMP, ONE_SIDED, slope_at_zero
from gradcheck.numerics.ladder import Ladder


@dataclass(frozen=True)
class Kink:
    """One-sided slopes, each less the derived one, with their errors; `jump` is their difference.

    `curvature` is the second derivative along the line, as the largest steps see it.
    """

    jump: float
    jump_error: float
    below: float
    above: float
    error: float
    curvature: float

    @property
    def contains_derived(self) -> bool:
        """Whether the derived slope lies between the one-sided ones, give or take their errors."""
        return min(self.below, self.above) - self.error <= 0.0 <= max(self.below, self.above) + self.error


def one_sided(ladder: Ladder, margin: float) -> Kink | None:
    """Fit both sides of a ladder by themselves; None where they cannot be fitted.

    `margin` times a fit's own error is the error that the result carries.
    """
    if len(ladder.rungs) < 4:
        return None
    h = [r.h for r in ladder.rungs]
    difference = slope_at_zero(h, [r.plus - r.minus for r in ladder.rungs], ladder.sigma, JUMP)
    above = slope_at_zero(h, [r.plus for r in ladder.rungs], ladder.sigma, ONE_SIDED)
    below = slope_at_zero(h, [r.minus for r in ladder.rungs], ladder.sigma, ONE_SIDED)
    if difference is None or above is None or below is None:
        return None
    return Kink(
        difference.value,
        margin * difference.error,
        below.value,
        above.value,
        margin * max(above.error, below.error),
        max(abs(r.plus - r.minus) / r.h**2 for r in ladder.rungs[:3]),
    )
