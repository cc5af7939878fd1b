"""One-sided slopes: at a kink, where the two differ, and at the edge of a domain, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.numerics.extrapolation import JUMP_POWERS, ONE_SIDED_POWERS, RATIO, Fit, slopes_at_zero
from gradcheck.numerics.ladder import FEWEST_RUNGS, FIRST, Ladder
from gradcheck.numerics.line import Line
from gradcheck.types import Array, Rng

LEAST = 4
"""Fewer rungs have no sides."""
CURVED = 3
"""The second derivative is read from so many of the largest steps."""
SEEN = 8.0
"""A change of slope is one if it is so many times its noise. Half of it is met by chance in one of a hundred;
twice as much looks at two steps fewer, of which there are ten."""
SETTLING = 0.75
"""Slopes settle if each change is less than this part of the one before: of a power 1 + a it is 4⁻ᵃ, and of a
logarithm 1. Half of it doubts a power of 1.5; with twice as much all seems to settle."""
STEPS = 22
"""Into a domain, at its edge, as many as a ladder has in float64."""


@dataclass(frozen=True)
class OneSidedSlopes:
    """One-sided slopes (q,) of what is read, with the fits' own errors; `jump` is above less below.

    `curvature` is the second derivative along the line, as the largest steps see it. An error is
    infinite where a side can't be fitted.
    """

    below: Array
    above: Array
    error: Array
    jump: Array
    jump_error: Array
    curvature: Array

    @property
    def are_known(self) -> bool:
        """Whether all of them were fitted."""
        return bool(np.all(np.isfinite(self.error)) and np.all(np.isfinite(self.jump_error)))

    def contain_zero(self, margin: float) -> bool:
        """Return whether zero lies between the two, give or take `margin` errors."""
        low, high = np.minimum(self.below, self.above), np.maximum(self.below, self.above)
        return bool(np.all((low - margin * self.error <= 0.0) & (high + margin * self.error >= 0.0)))


def fit_sides(ladder: Ladder) -> OneSidedSlopes:
    """Fit both sides of a ladder by themselves."""
    if len(ladder.rungs) < LEAST:
        zero, unknown = np.zeros_like(ladder.fit.value), np.full_like(ladder.fit.value, np.inf)
        return OneSidedSlopes(zero, zero, unknown, zero, unknown, zero)
    h = ladder.steps
    plus, minus = (np.stack([getattr(rung, side) for rung in ladder.rungs]) for side in ("plus", "minus"))
    above, below = (slopes_at_zero(h, w, ladder.sigma, ONE_SIDED_POWERS) for w in (plus, minus))
    jump = slopes_at_zero(h, plus - minus, ladder.sigma, JUMP_POWERS)
    curvature = np.max(np.abs(plus - minus)[:CURVED] / h[:CURVED, None] ** 2, axis=0)
    error = np.maximum(above.error, below.error)
    return OneSidedSlopes(below.value, above.value, error, jump.value, jump.error, curvature)


def inward_slope(line: Line, noise: float, rng: Rng) -> tuple[Line, Fit] | None:
    """Return the slope along the first direction that stays in the domain, and that line.

    Tried are v itself, away from declared bounds, and with all signs alike; both ways each.
    """
    for v in _inward(line):
        candidate = replace(line, v=v)
        h0 = float(rng.uniform(*FIRST))
        steps: list[float] = []
        excesses: list[Array] = []
        for k in range(STEPS):
            h = h0 * RATIO**-k
            side = candidate.side(h)
            if side is None:
                steps.clear()
                excesses.clear()
            else:
                steps.append(h)
                excesses.append(candidate.excess(side, h))
        if len(steps) >= FEWEST_RUNGS:
            sigma = np.full((len(steps), 1), noise)
            fit = slopes_at_zero(np.array(steps), np.stack(excesses), sigma, ONE_SIDED_POWERS)
            if np.isfinite(fit.error).all():
                return candidate, fit
    return None


def settle(h: Array, excesses: Array, noise: float) -> bool:
    """Return whether slopes come closer to each other as steps become smaller, as far as noise lets it see.

    Those of p log p at a p far below all steps grow by the same with each, and those of a root by more: what
    bends so near to a point shows no slope of it.
    """
    changes = np.abs(np.diff(excesses / h))
    is_seen = changes > SEEN * noise / h[1:]
    last = np.flatnonzero(is_seen[1:] & is_seen[:-1])
    return last.size == 0 or bool(changes[last[-1] + 1] < SETTLING * changes[last[-1]])


def _inward(line: Line) -> Iterator[Array]:
    low, high = line.near.bounds
    x, away = line.near.x, np.abs(line.v)
    yield np.where(x <= low, away, np.where(x >= high, -away, line.v))
    yield from (line.v, -line.v, away, -away)
