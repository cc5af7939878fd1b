"""From suspicion to verdict: a derived slope is called wrong only when nothing else explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.compare import (
    Judgement,
    Word,
    judge_kink,
    judge_ladder,
    judge_probe,
    judge_rounded,
    judge_slope,
    judge_standstill,
    jumps,
)
from gradcheck.compare import K as BARS
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.numerical.directions import Scaling, direction
from gradcheck.numerical.edge import inward_slope
from gradcheck.numerical.kink import one_sided
from gradcheck.numerical.ladder import Ladder, climb, fitted
from gradcheck.numerical.line import Line
from gradcheck.numerical.noise import Noise, measure, rounded_at_random
from gradcheck.numerical.point import Point
from gradcheck.numerical.probe import probe
from gradcheck.numerical.staircase import plateau_noise, quantum, still_rungs, storage_noise
from gradcheck.trial import BESIDE, Trial
from gradcheck.types import Array, Rng

EDGE_STEPS = tuple(0.3 * 4.0**-k for k in range(22))
"""Into the domain, where a measurement at its edge asks in which type outputs were stored."""

SHRINKING = 64.0
"""In a wider precision a rounding error is smaller by this factor at least.

From float64 to the 64-bit mantissa it should be 2048; a difference quotient inside the pullback,
whose error goes with the root of the rounding unit, comes to 45.
"""
SAME = 1e-3
"""Two measurements of a difference that are this close, relative to it, are of the same difference."""
DIRECTIONS = 4
"""Along so many, together, that is asked: along one of them it may be small by chance."""


@dataclass(frozen=True)
class Measured:
    """A judged measurement with what it was read from; ladder and noise are None after a probe."""

    judgement: Judgement
    line: Line
    ladder: Ladder | None = None
    noise: Noise | None = None


def judge(
    point: Point, block: int, rng: Rng, v: Array | None = None, *, in_own_precision: bool = False
) -> Judgement:
    """Judge the derived cotangent of one input along `v`, or else along a random direction.

    A suspicion is dropped if quantisation, a kink or the working precision explains it, and
    must come up again along a fresh direction and cotangent, and at a point beside this one.
    With `in_own_precision`, what a wider precision would say is no excuse.
    """
    measured = look(point, block, rng, v)
    suspicion = measured.judgement
    if suspicion.word is not Word.FAIL:
        return suspicion
    judgement = explained(measured, rng, in_own_precision=in_own_precision)
    if judgement.word is not Word.FAIL:
        return judgement
    if not _again(point.trial, block, rng):
        return replace(suspicion, word=Word.SUSPECT)
    at_edge = measured.ladder is None
    beside = point.trial.beside(rng) if at_edge else _beside(point.trial, rng)
    if not _again(beside, block, rng):
        return replace(suspicion, word=Word.ISOLATED)
    return suspicion


def explained(measured: Measured, rng: Rng, *, in_own_precision: bool = False) -> Judgement:
    """Return how rounding, quantisation, a kink or the working precision explains a suspicion, or FAIL."""
    anew = with_rounding(measured, rng)
    if measured.noise is None or not jumps(measured.line, measured.noise):  # a kink has the first word
        measured = anew
    stands_still = partial(_as_standstill, rng=rng)
    explanations: list[Callable[[Measured], Judgement]] = [_judged, _as_plateau, stands_still, at_kink]
    if not in_own_precision:
        explanations.append(partial(_as_precision, rng=rng))
    judgements = (explanation(measured) for explanation in explanations)
    return next((j for j in judgements if j.word is not Word.FAIL), anew.judgement)


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


def _as_plateau(measured: Measured) -> Judgement:
    """Refit with the noise of a quantised forward map, if it shows."""
    judgement, ladder, noise = measured.judgement, measured.ladder, measured.noise
    line = measured.line
    if ladder is None or noise is None:
        stored = storage_noise(line, EDGE_STEPS) > 0.0
        return replace(judgement, word=Word.UNRESOLVED) if stored else judgement
    level = max(
        plateau_noise(ladder), quantum(ladder, line), storage_noise(line, [r.h for r in ladder.rungs])
    )
    if level == 0.0:
        return judgement
    slope = fitted(ladder.rungs, [max(s, level) for s in ladder.sigma])
    if slope is None:
        return replace(judgement, word=Word.UNRESOLVED)
    refitted = judge_slope(line, slope, noise)
    return replace(refitted, word=Word.NOISY) if refitted.word is Word.PASS else refitted


def _as_standstill(measured: Measured, rng: Rng) -> Judgement:
    """Where outputs stand still, step on a larger scale before calling the map constant."""
    judgement, ladder, line = measured.judgement, measured.ladder, measured.line
    if ladder is None:
        return judgement
    judgement = judge_standstill(ladder, line, judgement)
    if judgement.word is not Word.FAIL or len(still_rungs(ladder)) < len(ladder.rungs):
        return judgement
    v = direction(line.point, line.block, rng, Scaling.UNIT)
    further = by_ladder(replace(line, v=np.where(line.v != 0.0, v, 0.0)), rng).judgement
    return judgement if further.word is Word.FAIL else further


def at_kink(measured: Measured) -> Judgement:
    """Ask whether the one-sided slopes differ."""
    if measured.ladder is None or measured.noise is None:
        return measured.judgement
    kink = one_sided(measured.ladder, BARS)
    return judge_kink(kink, measured.line, measured.noise, measured.judgement)


def _judged(measured: Measured) -> Judgement:
    return measured.judgement


def with_rounding(measured: Measured, rng: Rng) -> Measured:
    """Measure anew with the noise that shows when every operation rounds at random.

    Steps at which digits lost inside stand still look quiet to every jitter, and are no measurement.
    """
    judgement, line, ladder = measured.judgement, measured.line, measured.ladder
    noise = rounded_at_random(line, rng)
    slope = None
    if ladder is not None:
        sigma = tuple(max(s, noise.forward) for s in ladder.sigma)
        slope = fitted(ladder.rungs, list(sigma))
        ladder = replace(ladder, sigma=sigma, slope=slope)
    return replace(measured, judgement=judge_rounded(line, judgement, slope, noise), ladder=ladder)


def _as_precision(measured: Measured, rng: Rng) -> Judgement:
    """Measure again in the next wider precision, where the layer keeps it."""
    try:
        wider = measured.line.point.trial.wider()
        if wider is None or _stays(measured, wider):
            return measured.judgement
        again = look(Point.of(wider, rng), measured.line.block, rng)
        judgement = _as_plateau(again) if again.judgement.word is Word.FAIL else again.judgement
        if judgement.word in (Word.PASS, Word.NOISY):
            return replace(judgement, word=Word.PRECISION)
        rounded = _shrinks_with_rounding(measured, wider, rng)
    except (LayerRaised, BrokenContract, CannotVerify):
        return measured.judgement
    return replace(measured.judgement, word=Word.ROUNDED) if rounded else measured.judgement


def _stays(measured: Measured, wider: Trial) -> bool:
    """Return whether one step along the same line in a wider precision finds the very same difference.

    No rounding does that, and the wider precision, which is slow, need not be asked for more.
    """
    line, error = measured.line, measured.judgement.error
    y = wider.forward()
    point = Point.pulled_back(wider, y, line.point.y_bar.astype(y.dtype))
    rung = Line(point, line.block, line.v).rung(point.eps ** (1.0 / 3.0))
    return rung is not None and abs(rung.mean / rung.h - error) <= SAME * abs(error)


def _shrinks_with_rounding(measured: Measured, wider: Trial, rng: Rng) -> bool:
    """Return whether the same difference is smaller in a wider precision, as a rounding error is.

    Terms that cancel leave the same rounding error behind whichever way inputs are moved by an
    ulp; a wrong formula leaves the same difference in every precision.
    """
    line = measured.line
    y = wider.forward()
    point = Point.pulled_back(wider, y, line.point.y_bar.astype(y.dtype))
    errors = [(measured.judgement.error, look(point, line.block, rng, line.v).judgement.error)]
    for _ in range(DIRECTIONS - 1):
        v = direction(line.point, line.block, rng)
        narrow = with_rounding(look(line.point, line.block, rng, v), rng)
        errors.append((narrow.judgement.error, look(point, line.block, rng, v).judgement.error))
    before, after = np.square(errors).sum(axis=0)
    return bool(after <= before / SHRINKING**2)


def _again(trial: Trial, block: int, rng: Rng) -> bool:
    try:
        return look(Point.of(trial, rng), block, rng).judgement.word is Word.FAIL
    except (LayerRaised, BrokenContract, CannotVerify):
        return False


def _beside(trial: Trial, rng: Rng) -> Trial:
    moved = []
    for i, x in enumerate(trial.primals):
        if i in trial.active:
            low, high = trial.bounds(i)
            factor = 1.0 + BESIDE * rng.choice((-1.0, 1.0), x.shape)
            moved.append(np.clip(x * factor, low, high).astype(x.dtype))
        else:
            moved.append(x)
    return trial.at(tuple(moved))
