"""From suspicion to verdict: a derived slope is called wrong only when nothing else explains it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import BESIDE, Point, Trial
from gradcheck.judging.excuses import explained
from gradcheck.judging.looks import look
from gradcheck.judging.tolerance import Judgement, Word
from gradcheck.types import Array, Rng


def judge(
    point: Point, block: int, rng: Rng, v: Array | None = None, *, in_own_precision: bool = False
) -> Judgement:
    """Judge the derived cotangent of one input along `v`, or else along a random direction.

    A suspicion is dropped if quantisation, a kink or the working precision explains it, and
    must come up again along a fresh direction and cotangent, and at a point beside this one.
    With `in_own_precision`, what a wider precision would say is no excuse.
    """
    measured = look(point, block, rng, v)
    if measured.judgement.word is not Word.FAIL:
        return measured.judgement
    judgement = explained(measured, rng, in_own_precision=in_own_precision)
    if judgement.word is not Word.FAIL:
        return judgement
    if not _again(point.trial, block, rng):
        return replace(judgement, word=Word.SUSPECT)
    at_edge = measured.ladder is None
    beside = point.trial.beside(rng) if at_edge else _beside(point.trial, rng)
    if not _again(beside, block, rng):
        return replace(judgement, word=Word.ISOLATED)
    return judgement


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
