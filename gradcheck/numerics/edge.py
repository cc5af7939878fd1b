"""One-sided derivatives at the edge of a domain, where a central difference has only one side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.numerics.extrapolation import ONE_SIDED, RATIO, Slope, slope_at_zero
from gradcheck.numerics.ladder import FEWEST_RUNGS
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import Noise
from gradcheck.types import Array, Rng

STEPS = 22


def inward_slope(line: Line, noise: Noise, rng: Rng) -> tuple[Line, Slope] | None:
    """Return the excess slope along the first direction that stays in the domain, and that line.

    Tried are v itself, away from declared bounds, and with all signs alike; both ways each.
    """
    for v in _inward(line):
        candidate = replace(line, v=v)
        h0 = float(rng.uniform(0.25, 0.5))
        steps: list[float] = []
        excesses: list[float] = []
        for k in range(STEPS):
            side = candidate.side(h0 * RATIO**-k)
            if side is None:
                steps.clear()
                excesses.clear()
            else:
                steps.append(h0 * RATIO**-k)
                excesses.append(side[0])
        if len(steps) >= FEWEST_RUNGS:
            slope = slope_at_zero(steps, excesses, [noise.forward] * len(steps), ONE_SIDED)
            if slope is not None:
                return candidate, slope
    return None


def _inward(line: Line) -> list[Array]:
    trial = line.point.trial
    low, high = trial.bounds(line.block)
    x, away = trial.primals[line.block], np.abs(line.v)
    inside = np.where(x <= low, away, np.where(x >= high, -away, line.v))
    return [inside, line.v, -line.v, away, -away]
