"""What the screen of all inputs passes: a gradient that is right and smooth takes two forward calls."""

from __future__ import annotations

import numpy as np

from gradcheck.evaluation import Point
from gradcheck.judging.tolerance import SCREEN_MARGIN, VACUOUS, Comparison, Reason
from gradcheck.numerics import JointScreen, screen_further, screen_jointly
from gradcheck.types import Rng

TARGET = 2.5e-9
"""An input is passed only if this relative error of its slope would have been seen: a quarter of what the
screen of a single input may miss, since one look in place of several must see as much."""
ROUNDING_TARGET = 6e-8
"""The same where a look is limited by rounding and sees nothing else, and one at larger steps is no better:
a kink is near, and the ladder would be stopped by it too."""


def screen_inputs(point: Point, rng: Rng) -> dict[int, Comparison]:
    """Return agreement for every input whose slope needs no measurement of its own. 2 or 6 forward calls.

    Inputs of little effect, in which the first look sees but rounding, are looked at again at larger steps.
    """
    near = point.near_jointly()
    first = screen_jointly(near, rng)
    if first is None:
        return {}
    passed = compare_jointly(point, first, TARGET)
    left = [argnum for argnum in first.scales if argnum not in passed]
    if not left or not _is_rounding(first):
        return passed
    further = screen_further(near, left, rng)
    found = compare_jointly(point, first, ROUNDING_TARGET)
    if further is not None:
        found |= compare_jointly(point, further, ROUNDING_TARGET if _is_rounding(further) else TARGET)
    return found | passed


def compare_jointly(point: Point, screen: JointScreen, target: float) -> dict[int, Comparison]:
    """Return agreement for every input whose own slope shows it finely enough. None of them differs.

    Errors of all inputs are in the one excess, so it is held against the slope of each.
    """
    excess = abs(screen.excess)
    visible = excess + SCREEN_MARGIN * screen.noise
    smallest = max(visible / target, VACUOUS * point.eps * point.size)
    return {
        argnum: Comparison(
            Reason.AGREES,
            screen.predicted[argnum],
            0.0,
            screen.noise,
            visible,
            float(visible / scale),
            float(excess / (target * scale)),
        )
        for argnum, scale in screen.scales.items()
        if smallest < scale < np.inf
    }


def _is_rounding(screen: JointScreen) -> bool:
    return abs(screen.excess) <= SCREEN_MARGIN * screen.noise
