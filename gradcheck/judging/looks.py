"""Looks along one line: the cheap probe, the ladder, and the ladder with the rounding inside of the layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradcheck.evaluation import Point
from gradcheck.judging.tolerance import Judgement, Word, judge_ladder, judge_probe, judge_rounded, judge_slope
from gradcheck.numerics import (
    Ladder,
    Line,
    Noise,
    Scaling,
    climb,
    direction,
    fitted,
    inward_slope,
    measure,
    probe,
    rounded_at_random,
)
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class Measured:
    """A judged measurement with what it was read from; ladder and noise are None after a probe."""

    judgement: Judgement
    line: Line
    ladder: Ladder | None = None
    noise: Noise | None = None


def look(point: Point, block: int, rng: Rng, v: Array | None = None) -> Measured:
    """Measure along one direction: the cheap probe first, the ladder if that does not settle it.

    Without `v`, a random direction; other scalings of it are tried while the result is weak.
    """
    for scaling in Scaling:
        line = Line(point, block, direction(point, block, rng, scaling) if v is None else v)
        passed = judge_probe(line, probe(line, rng))
        if passed is not None:
            return Measured(passed, line)
        measured = by_ladder(line, rng)
        if v is not None or measured.judgement.word not in (Word.WEAK, Word.UNRESOLVED):
            break
    return measured


def by_ladder(line: Line, rng: Rng) -> Measured:
    """Measure along a line by the ladder alone, which sees more than the cheap probe asks for."""
    noise = measure(line, rng)
    ladder = climb(line, noise, rng)
    if not ladder.rungs:
        found = inward_slope(line, noise, rng)
        if found is not None:
            inward, slope = found
            judgement = judge_slope(inward, slope, noise)
            if np.array_equal(inward.v, -line.v):  # told along the direction that was asked for
                judgement = replace(judgement, derived=-judgement.derived, error=-judgement.error)
            return Measured(judgement, inward, None, noise)
    return Measured(judge_ladder(line, ladder, noise), line, ladder, noise)


def with_rounding(measured: Measured, rng: Rng) -> Measured:
    """Measure anew with the noise that shows when every operation rounds at random.

    Steps at which digits lost inside stand still look quiet to every jitter, and are no measurement.
    """
    judgement, line, ladder = measured.judgement, measured.line, measured.ladder
    forward, pullback = rounded_at_random(line, rng)
    slope = None
    if ladder is not None:
        sigma = tuple(max(s, forward) for s in ladder.sigma)
        slope = fitted(ladder.rungs, list(sigma))
        ladder = replace(ladder, sigma=sigma, slope=slope)
    return replace(measured, judgement=judge_rounded(line, judgement, slope, pullback), ladder=ladder)
