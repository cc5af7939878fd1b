"""⟨ȳ, J ẋ⟩ measured equals ⟨x̄ derived, ẋ⟩, within the measurement's own error."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck._util import signed
from gradcheck.checks.pinned import on_kink
from gradcheck.checks.single import FLOAT32, lost_in_float32, wrong_at
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import REASONS, Evidence, Outcome, Word, judge, settled
from gradcheck.types import Rng, Verdict


def finite_difference(trial: Trial) -> Outcome:
    """Judge every input's cotangent along random directions.

    A float32 layer is measured in float64, where the formula shows, and then compared with
    itself in float32, where the rounding shows.
    """
    rng = trial.rng("finite-difference")
    point = mathematical(trial, rng)
    sure = settled(point, rng)
    seen: dict[str, float] = {}
    doubts: dict[str, str] = {}
    suspicious = False
    ratio: float | None = None
    for block in trial.active:
        name = trial.names[block]
        if trial.primals[block].size == 0:
            doubts[name] = f"{name!r} has no entries"
            continue
        judgement = sure.get(block) or judge(point, block, rng)
        if trial.pinned and judgement.word in (Word.KINK, Word.KINK_OUTSIDE):
            judgement, evidence = on_kink(point, block, rng)
            if evidence is not None and judgement.verdict is Verdict.WRONG:
                said = f"{trial.within(block)}, at a kink: outside the one-sided slopes"
                return Outcome(Verdict.WRONG, said, locate=partial(_found, evidence), block=block)
        if judgement.word is Word.ISOLATED and trial.layer.is_smooth:
            judgement = replace(judgement, word=Word.FAIL)  # an analytic map has no point of its own
        if judgement.verdict is Verdict.WRONG:
            return wrong_at(point, block, judgement)
        if judgement.ratio is not None:
            ratio = max(ratio or 0.0, judgement.ratio)
        suspicious = suspicious or judgement.word in (Word.ISOLATED, Word.SUSPECT)
        if judgement.verdict is Verdict.CORRECT:
            seen[name] = judgement.resolution
        if judgement.word is not Word.PASS:
            doubts[name] = f"{name!r}: {REASONS[judgement.word]}"
    if point.trial is not trial:
        lost = lost_in_float32(trial, point)
        if lost is not None:
            return lost
    verdict = Verdict.CORRECT if seen else Verdict.UNVERIFIED
    final = len(sure) == len(trial.active)
    return Outcome(verdict, "; ".join(doubts.values()), seen, suspicious, ratio=ratio, final=final)


def _found(evidence: Evidence) -> Evidence:
    return evidence


def mathematical(trial: Trial, rng: Rng) -> Point:
    """Linearise a trial: in float64 where it is float32, if forward and pullback compute in that.

    Its cotangent is one of float32 then, so that both precisions can be compared with the same.
    """
    if not any(trial.primals[i].dtype == FLOAT32 for i in trial.active):
        return Point.of(trial, rng)
    double = trial.cast(np.float64)
    y = double.forward()
    y_bar = signed(y.shape, rng).astype(np.float32).astype(y.dtype)
    point = Point.pulled_back(double, y, y_bar)
    bars = (point.x_bars[i] for i in trial.active)
    in_double = all(a is not None and a.dtype == np.float64 for a in (y, *bars))
    return point if in_double else Point.of(trial, rng)
