"""What looks at all inputs at once settle: a gradient that is right and smooth takes two forward calls."""

from __future__ import annotations

import numpy as np

from gradcheck.evaluation import Point
from gradcheck.judging.tolerance import PROBE_MARGIN, VACUOUS, Judgement, Word
from gradcheck.numerics import Together, further, together
from gradcheck.types import Rng

TARGET = 2.5e-9
"""An input is settled only if this relative error of its slope would have been seen: a quarter of what the
probe of a single input may miss, since one look in place of several must see as much."""
ROUNDING_TARGET = 6e-8
"""The same where a look is limited by rounding and sees nothing else, and one at larger steps is no better:
a kink is near, and the ladder would be stopped by it too."""


def settled(point: Point, rng: Rng) -> dict[int, Judgement]:
    """Return PASS for every input whose slope needs no measurement of its own. 2 or 6 forward calls.

    Inputs of little effect, in which the first look sees but rounding, are looked at again at larger steps.
    """
    near = together(point, rng)
    if near is None:
        return {}
    sure = judge_together(point, near, TARGET)
    left = [block for block in near.scales if block not in sure]
    if not left or not _rounding_alone(near):
        return sure
    far = further(point, left, rng)
    found = judge_together(point, near, ROUNDING_TARGET)
    if far is not None:
        found |= judge_together(point, far, ROUNDING_TARGET if _rounding_alone(far) else TARGET)
    return found | sure


def judge_together(point: Point, found: Together, target: float) -> dict[int, Judgement]:
    """Return PASS for every input whose own slope shows agreement finely enough. Never FAIL.

    Errors of all inputs are in the one excess, so it is held against the slope of each.
    """
    apart = abs(found.excess)
    visible = apart + PROBE_MARGIN * found.noise
    smallest = max(visible / target, VACUOUS * point.eps * point.size)
    return {
        block: Judgement(
            Word.PASS,
            found.predicted[block],
            0.0,
            found.noise,
            visible,
            float(visible / scale),
            float(apart / (target * scale)),
        )
        for block, scale in found.scales.items()
        if smallest < scale < np.inf
    }


def _rounding_alone(found: Together) -> bool:
    return abs(found.excess) <= PROBE_MARGIN * found.noise
