"""A point of the caller's that sits on a kink: nothing can be redrawn, so it is judged entry by entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.compare import Judgement, Word
from gradcheck.judge import judge
from gradcheck.numerical.directions import direction
from gradcheck.numerical.point import Point
from gradcheck.types import Rng, Verdict

ENTRIES = 64
"""At most this many entries are judged, chosen at random."""


def on_kink(point: Point, block: int, rng: Rng) -> Judgement:
    """Judge every entry by itself: off the kink by its slope, on it by the one-sided slopes.

    KINK_INSIDE where every derived slope on a kink lies between the one-sided ones. One that
    lies outside is WRONG for an elementary operation (declared piecewise-linear); elsewhere
    several kinks may meet, and the judgement stays KINK_OUTSIDE.
    """
    v = direction(point, block, rng)
    judgements = []
    for flat in rng.permutation(v.size)[:ENTRIES]:
        single = np.zeros(v.size)
        single[flat] = v.flat[flat]
        judgements.append(judge(point, block, rng, single.reshape(v.shape)))
    for judgement in judgements:
        if judgement.verdict is Verdict.WRONG:
            return judgement
    outside = next((j for j in judgements if j.word is Word.KINK_OUTSIDE), None)
    if outside is not None:
        elementary = "piecewise-linear" in point.trial.layer.traits
        return replace(outside, word=Word.FAIL) if elementary else outside
    finest = min((j.resolution for j in judgements if j.word is Word.PASS), default=np.inf)
    return replace(judgements[0], word=Word.KINK_INSIDE, resolution=finest)
