"""A point of the caller's that sits on a kink: nothing can be redrawn, so it is judged entry by entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.compare import Judgement, Word
from gradcheck.explain.localise import entry
from gradcheck.findings import Evidence
from gradcheck.judge import judge
from gradcheck.numerical.directions import direction
from gradcheck.numerical.point import Point
from gradcheck.types import Rng, Verdict

ENTRIES = 64
"""At most this many entries are judged, chosen at random."""


def on_kink(point: Point, block: int, rng: Rng) -> tuple[Judgement, Evidence | None]:
    """Judge every entry by itself: off the kink by its slope, on it by the one-sided slopes.

    KINK_INSIDE where every derived slope on a kink lies between the one-sided ones. One that
    lies outside is WRONG for an elementary operation (declared piecewise-linear), with that entry
    as evidence; elsewhere several kinks may meet, and the judgement stays KINK_OUTSIDE.
    """
    v = direction(point, block, rng)
    judged: dict[int, Judgement] = {}
    for flat in rng.permutation(v.size)[:ENTRIES]:
        single = np.zeros(v.size)
        single[flat] = v.flat[flat]
        judged[int(flat)] = judge(point, block, rng, single.reshape(v.shape))
    for judgement in judged.values():
        if judgement.verdict is Verdict.WRONG:
            return judgement, None
    outside = next((flat for flat, j in judged.items() if j.word is Word.KINK_OUTSIDE), None)
    if outside is not None:
        judgement = judged[outside]
        if "piecewise-linear" not in point.trial.layer.traits:
            return judgement, None
        return replace(judgement, word=Word.FAIL), entry(point, block, outside, judgement, v)
    finest = min((j.resolution for j in judged.values() if j.word is Word.PASS), default=np.inf)
    return replace(next(iter(judged.values())), word=Word.KINK_INSIDE, resolution=finest), None
