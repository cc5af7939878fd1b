"""What else than a wrong formula may stand behind a difference of derived and numerical slope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck._util import wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point, Trial
from gradcheck.judging.looks import Measured, by_ladder, look, with_rounding
from gradcheck.judging.tolerance import Judgement, Word, judge_kink, judge_slope, judge_standstill, jumps
from gradcheck.judging.tolerance import K as BARS
from gradcheck.numerics import (
    Line,
    Scaling,
    direction,
    fitted,
    one_sided,
    plateau_noise,
    quantum,
    still_rungs,
    storage_noise,
)
from gradcheck.types import Rng, Verdict

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
FAR = 1e-3
"""An entry that moves by its size over this is far from where it was."""


def explained(measured: Measured, rng: Rng, *, in_own_precision: bool = False) -> Judgement:
    """Return how rounding, a kink, a pole or the working precision explains a suspicion, or FAIL."""
    anew = with_rounding(measured, rng)
    if measured.noise is None or not jumps(measured.line, measured.noise):  # a kink has the first word
        measured = anew
    stands_still = partial(_as_standstill, rng=rng)
    explanations: list[Callable[[Measured], Judgement]] = [_judged, _as_plateau, stands_still, at_kink]
    explanations.append(partial(_as_scale, rng=rng))
    if not in_own_precision:
        explanations.append(partial(_as_precision, rng=rng))
    judgements = (explanation(measured) for explanation in explanations)
    return next((j for j in judgements if j.word is not Word.FAIL), anew.judgement)


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


def _as_scale(measured: Measured, rng: Rng) -> Judgement:
    """Ask entries that moved by far more than they are by themselves, each by a part of its own size.

    Steps over a pole find the smooth slope on its far side. Without a pole, a wrong entry is as wrong at its
    own scale, and the measurement there must be fine enough to show it.
    """
    judgement, line = measured.judgement, measured.line
    x, moves = np.abs(wide(line.point.trial.primals[line.block])), np.abs(line.v)
    tiny = (x > 0.0) & (x < FAR * moves)
    if not tiny.any():
        return judgement
    visible = abs(judgement.error) * float(np.min(x[tiny] / moves[tiny]))
    parts = [np.where(tiny, np.copysign(x, line.v), 0.0), np.where(tiny, 0.0, line.v)]
    looks = [by_ladder(replace(line, v=v), rng).judgement for v in parts if np.any(v)]
    is_right = all(look.verdict is Verdict.CORRECT for look in looks) and looks[0].allowed <= 0.5 * visible
    return replace(judgement, word=Word.SUSPECT) if is_right else judgement


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
