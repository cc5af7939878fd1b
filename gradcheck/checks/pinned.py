"""A point of the caller's that sits on a kink: nothing can be redrawn, so it is judged entry by entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck._util import wide
from gradcheck.diagnosis import entry
from gradcheck.evaluation import Point
from gradcheck.judging import ROUNDING, Evidence, Judgement, Word, judge
from gradcheck.numerics import Line, direction
from gradcheck.types import Array, Rng, Verdict

ENTRIES = 64
"""At most this many entries are judged, chosen at random."""
STEP = 2.0**-20
"""To either side of a kink, far below the distance of the next one."""


def on_kink(point: Point, block: int, rng: Rng) -> tuple[Judgement, Evidence | None]:
    """Judge every entry by itself: off the kink by its slope, on it by the one-sided slopes.

    KINK_INSIDE where every derived slope on a kink lies between the one-sided ones. One that
    lies outside is WRONG for an elementary operation (declared piecewise-linear), with that entry
    as evidence, unless each output by itself may explain it; elsewhere several kinks may meet, and
    the judgement stays KINK_OUTSIDE.
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
    found = [flat for flat, j in judged.items() if j.word is Word.KINK_OUTSIDE]
    outside = next((flat for flat in found if not _explained(point, block, flat, judged[flat], v)), None)
    if outside is not None:
        judgement = judged[outside]
        if "piecewise-linear" not in point.trial.layer.traits:
            return judgement, None
        return replace(judgement, word=Word.FAIL), entry(point, block, outside, judgement, v)
    finest = min((j.resolution for j in judged.values() if j.word is Word.PASS), default=np.inf)
    return replace(next(iter(judged.values())), word=Word.KINK_INSIDE, resolution=finest), None


def _explained(point: Point, block: int, flat: int, judgement: Judgement, v: Array) -> bool:
    """Return whether outputs that choose their subgradients each for itself give the derived slope.

    One entry may be the maximum of several windows. ȳ gives them signs of their own, and what
    lies between the one-sided slopes of each output need not lie between those of the sum.
    """
    single = np.zeros(v.size)
    single[flat] = v.flat[flat]
    line = Line(point, block, single.reshape(v.shape))
    slopes = []
    for side in (line.side(STEP), line.side(-STEP)):
        if side is None:
            return False
        slopes.append(wide(point.y_bar) * (wide(side[1]) - wide(point.y)) / STEP)
    above, below = slopes[0], -slopes[1]
    spread = judgement.allowed + ROUNDING * point.eps * point.size / STEP
    least, most = np.minimum(above, below).sum(), np.maximum(above, below).sum()
    return bool(least - spread <= line.predicted <= most + spread)
