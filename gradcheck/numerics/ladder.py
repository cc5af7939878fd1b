"""The ladder: central differences at ever smaller steps, until smaller steps teach nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.numerics.extrapolation import CENTRAL, RATIO, Slope, slope_at_zero
from gradcheck.numerics.line import Line, Rung
from gradcheck.numerics.noise import Noise
from gradcheck.types import Array, Rng

MOST_RUNGS = {4: 12, 8: 22}
"""By the size of the floating-point type in bytes; wider types get `MOST_RUNGS_WIDE`."""
MOST_RUNGS_WIDE = 27
FEWEST_RUNGS = 6
SETTLED = 8.0
"""Stop when the noise of the next rung alone is this many times the error bar."""
CONTINUOUS = 0.6
"""Every output must move less than this part of its last move when the step is quartered."""


def most_rungs(dtype: np.dtype[Any]) -> int:
    """Return how many steps at most are worth while in a floating-point type."""
    return MOST_RUNGS.get(dtype.itemsize, MOST_RUNGS_WIDE)


@dataclass(frozen=True)
class Ladder:
    """The rungs that were climbed, and the slope that they leave; None where no window fits."""

    rungs: tuple[Rung, ...]
    sigma: tuple[float, ...]
    slope: Slope | None
    continuous: bool


def climb(line: Line, noise: Noise, rng: Rng) -> Ladder:
    """Climb from a step near half the input's own size down, and fit what is left.

    The first step is random, so that no step is a power of two (a function of period 2⁻ᵏ
    would look constant); a rung that leaves the domain starts the ladder anew below it.
    """
    x = line.point.trial.primals[line.block]
    h = float(rng.uniform(0.25, 0.5))
    rungs: list[Rung] = []
    slope: Slope | None = None
    continuous = False
    for _ in range(most_rungs(x.dtype)):
        rung = line.rung(h)
        h /= RATIO
        if rung is None:
            rungs, continuous = [], False
            continue
        continuous = continuous or bool(rungs and _shrinks(rungs[-1], rung, noise.outputs))
        rungs.append(rung)
        if len(rungs) < FEWEST_RUNGS:
            continue
        slope = fitted(rungs, _sigmas(rungs, noise.forward))
        if continuous and slope is not None and noise.forward / rung.h > SETTLED * slope.error:
            break
    return Ladder(tuple(rungs), tuple(_sigmas(rungs, noise.forward)), slope, continuous)


def fitted(rungs: list[Rung] | tuple[Rung, ...], sigma: list[float]) -> Slope | None:
    """Return the slope of the central excess at step zero."""
    return slope_at_zero([r.h for r in rungs], [r.mean for r in rungs], sigma, CENTRAL)


def _sigmas(rungs: list[Rung], forward: float) -> list[float]:
    return [max(forward, r.floor) for r in rungs]


def _shrinks(before: Rung, after: Rung, level: Array) -> bool:
    return bool(np.all((after.change <= CONTINUOUS * before.change) | (after.change <= level)))
