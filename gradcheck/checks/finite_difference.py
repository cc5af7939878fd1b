"""⟨ȳ, J ẋ⟩ measured equals ⟨x̄ derived, ẋ⟩, within the measurement's own error."""

from __future__ import annotations

import numpy as np

from gradcheck._util import signed
from gradcheck.checks.single import FLOAT32, lost_in_float32, wrong_at
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import (
    Evidence,
    Judgement,
    Outcome,
    Reason,
    judge,
    judge_jointly,
    judge_on_kink,
)
from gradcheck.types import Rng, Verdict


def finite_difference(trial: Trial) -> Outcome:
    """Judge every input's cotangent along random directions.

    A float32 layer is measured in float64, where the formula shows, and then compared with
    itself in float32, where the rounding shows.
    """
    rng = trial.rng("finite-difference")
    point = mathematical(trial, rng)
    passed = judge_jointly(point, rng)
    seen: dict[str, float] = {}
    doubts: dict[str, str] = {}
    suspicious = False
    ratio: float | None = None
    for argnum in trial.active:
        name = trial.names[argnum]
        if trial.primals[argnum].size == 0:
            doubts[name] = f"{name!r} has no entries"
            continue
        judgement = passed.get(argnum) or judge(point, argnum, rng)
        if trial.pinned and judgement.reason in (Reason.KINK, Reason.KINK_OUTSIDE):
            judgement, evidence = judge_on_kink(point, argnum, rng)
            if evidence is not None and judgement.verdict is Verdict.WRONG:
                return _wrong_on_kink(trial, argnum, evidence)
        comparison = judgement.comparison
        if judgement.verdict is Verdict.WRONG:
            return wrong_at(point, argnum, judgement)
        if comparison.ratio is not None:
            ratio = max(ratio or 0.0, comparison.ratio)
        suspicious = suspicious or is_suspicious(judgement)
        if judgement.verdict is Verdict.CORRECT:
            seen[name] = comparison.sensitivity
        if judgement.sentence:
            doubts[name] = f"{name!r}: {judgement.sentence}"
    if point.trial is not trial:
        lost = lost_in_float32(trial, point)
        if lost is not None:
            return lost
    verdict = Verdict.CORRECT if seen else Verdict.UNVERIFIED
    final = len(passed) == len(trial.active)
    return Outcome(verdict, "; ".join(doubts.values()), seen, suspicious, ratio=ratio, final=final)


def is_suspicious(judgement: Judgement) -> bool:
    """Return whether the two slopes differ, though not beyond doubt."""
    return judgement.reason in (Reason.ISOLATED, Reason.SUSPECT)


def _wrong_on_kink(trial: Trial, argnum: int, evidence: Evidence) -> Outcome:
    reason = f"{trial.within(argnum)}, at a kink: outside the one-sided slopes"
    return Outcome(Verdict.WRONG, reason, locate=lambda: evidence, block=argnum)


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
