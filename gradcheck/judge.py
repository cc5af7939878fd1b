"""From suspicion to verdict: a derived slope is called wrong only when nothing else explains it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.compare import (
    Judgement,
    Word,
    judge_kink,
    judge_ladder,
    judge_probe,
    judge_slope,
    plateau_noise,
)
from gradcheck.compare import K as BARS
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.numerical.directions import Scaling, direction
from gradcheck.numerical.edge import inward_slope
from gradcheck.numerical.kink import one_sided
from gradcheck.numerical.ladder import Ladder, climb, fitted
from gradcheck.numerical.line import Line
from gradcheck.numerical.noise import Noise, measure
from gradcheck.numerical.point import Point
from gradcheck.numerical.probe import probe
from gradcheck.trial import Trial
from gradcheck.types import Array, Rng

BESIDE = 2.0**-10
"""Relative distance of the point at which a suspicion must come up again."""


@dataclass(frozen=True)
class Measured:
    """A judged measurement with what it was read from; ladder and noise are None after a probe."""

    judgement: Judgement
    line: Line
    ladder: Ladder | None = None
    noise: Noise | None = None


def judge(point: Point, block: int, rng: Rng, v: Array | None = None) -> Judgement:
    """Judge the derived cotangent of one input along `v`, or else along a random direction.

    A suspicion is dropped if quantisation, a kink or the working precision explains it, and
    must come up again along a fresh direction and cotangent, and at a point beside this one.
    """
    measured = look(point, block, rng, v)
    suspicion = measured.judgement
    if suspicion.word is not Word.FAIL:
        return suspicion
    for explanation in (_as_plateau, at_kink, partial(_as_precision, rng=rng)):
        judgement = explanation(measured)
        if judgement.word is not Word.FAIL:
            return judgement
    if not _again(point.trial, block, rng):
        return replace(suspicion, word=Word.SUSPECT)
    if not _again(_beside(point.trial, rng), block, rng):
        return replace(suspicion, word=Word.ISOLATED)
    return suspicion


def look(point: Point, block: int, rng: Rng, v: Array | None = None) -> Measured:
    """Measure along one direction: the cheap probe first, the ladder if that does not settle it.

    Without `v`, a random direction; other scalings of it are tried while the result is weak.
    """
    for scaling in Scaling:
        line = Line(point, block, direction(point, block, rng, scaling) if v is None else v)
        passed = judge_probe(line, probe(line, rng))
        if passed is not None:
            return Measured(passed, line)
        measured = _by_ladder(line, rng)
        if v is not None or measured.judgement.word not in (Word.WEAK, Word.UNRESOLVED):
            break
    return measured


def _by_ladder(line: Line, rng: Rng) -> Measured:
    noise = measure(line, rng)
    ladder = climb(line, noise, rng)
    if not ladder.rungs:
        found = inward_slope(line, noise, rng)
        if found is not None:
            return Measured(judge_slope(found[0], found[1], noise), found[0], None, noise)
    return Measured(judge_ladder(line, ladder, noise), line, ladder, noise)


def _as_plateau(measured: Measured) -> Judgement:
    """Refit with the noise of a quantised forward map, if it shows."""
    judgement, ladder, noise = measured.judgement, measured.ladder, measured.noise
    level = plateau_noise(ladder) if ladder is not None else None
    if ladder is None or noise is None or level is None:
        return judgement
    slope = fitted(ladder.rungs, [max(s, level) for s in ladder.sigma])
    if slope is None:
        return replace(judgement, word=Word.UNRESOLVED)
    refitted = judge_slope(measured.line, slope, noise)
    return replace(refitted, word=Word.NOISY) if refitted.word is Word.PASS else refitted


def at_kink(measured: Measured) -> Judgement:
    """Ask whether the one-sided slopes differ."""
    if measured.ladder is None or measured.noise is None:
        return measured.judgement
    kink = one_sided(measured.ladder, BARS)
    return judge_kink(kink, measured.line, measured.noise, measured.judgement)


def _as_precision(measured: Measured, rng: Rng) -> Judgement:
    """Measure again in the next wider precision, where the layer keeps it."""
    trial = measured.line.point.trial
    narrow = trial.primals[measured.line.block].dtype
    wider = np.float64 if narrow == np.float32 else np.longdouble
    if np.finfo(wider).eps >= np.finfo(narrow).eps:
        return measured.judgement  # this platform has no wider type
    try:
        point = Point.of(trial.cast(wider), rng)
        if point.y.dtype != wider:
            return measured.judgement
        again = look(point, measured.line.block, rng).judgement
    except (LayerRaised, BrokenContract, CannotVerify):
        return measured.judgement
    return replace(again, word=Word.PRECISION) if again.word is Word.PASS else measured.judgement


def _again(trial: Trial, block: int, rng: Rng) -> bool:
    try:
        return look(Point.of(trial, rng), block, rng).judgement.word is Word.FAIL
    except (LayerRaised, BrokenContract, CannotVerify):
        return False


def _beside(trial: Trial, rng: Rng) -> Trial:
    moved = []
    for i, x in enumerate(trial.primals):
        if i in trial.active:
            low, high = trial.layer.domain.get(trial.names[i], (-np.inf, np.inf))
            factor = 1.0 + BESIDE * rng.choice((-1.0, 1.0), x.shape)
            moved.append(np.clip(x * factor, low, high).astype(x.dtype))
        else:
            moved.append(x)
    return trial.at(tuple(moved))
