"""Single precision: what float32 computes against what float64 does, where the formula shows."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcheck._util import widen
from gradcheck.diagnosis import worst_entry
from gradcheck.evaluation import Point, Trial, pullback_rounding
from gradcheck.judging import Evidence, Judgement, Outcome, compare_results, judge
from gradcheck.types import Verdict

FLOAT32 = np.dtype(np.float32)


def wrong_at(point: Point, argnum: int, judgement: Judgement) -> Outcome:
    """Return WRONG for one input, with the worst entry to be found later."""

    def locate() -> Evidence:
        return worst_entry(point, argnum, judgement.comparison, point.trial.rng("localise"))

    text = point.trial.describe_place(argnum)
    return Outcome(Verdict.WRONG, text, locate=locate, ratio=judgement.comparison.ratio, argnum=argnum)


def lost_in_float32(trial: Trial, point: Point) -> Outcome | None:
    """Return WRONG if float32 computes another gradient than float64, not merely a rounded one."""
    narrow = Point.with_cotangent(trial, trial.output(), point.y_bar.astype(np.float32))
    y_bar = widen(narrow.y_bar)
    same = np.array_equal(y_bar, point.y_bar)
    exact = point if same else Point.with_cotangent(point.trial, point.y, y_bar)
    for argnum in trial.active:
        scatter = partial(pullback_rounding, narrow, argnum)
        bar = narrow.x_bars[argnum]
        assert bar is not None
        if compare_results(trial, bar, exact.x_bar(argnum), scatter, narrow.eps).agree:
            continue
        judgement = judge(narrow, argnum, trial.rng("float32"), in_own_precision=True)
        if judgement.verdict is Verdict.WRONG:
            return wrong_at(narrow, argnum, judgement)
    return None
