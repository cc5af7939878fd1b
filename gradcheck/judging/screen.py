"""What the screen of all inputs passes: a gradient that is right and smooth takes two forward calls."""

from __future__ import annotations

from collections import deque

import numpy as np

from gradcheck.evaluation import Point
from gradcheck.judging.tolerance import SCREEN_MARGIN, VACUOUS, Comparison, Reason, relative_to_slope
from gradcheck.numerics import JointNeighbourhood, JointScreen, screen_further, screen_jointly
from gradcheck.types import Rng

TARGET = 2.5e-9
"""An input is passed only if this relative error of its slope would have been seen: a quarter of what the
screen of a single input may miss, since one look in place of several must see as much."""
ROUNDING_TARGET = 6e-8
"""The same where a look is limited by rounding and sees nothing else, and one at larger steps is no better:
a kink is near, and the ladder would be stopped by it too."""
FEW = 3
"""So many inputs may be measured each by itself: half of it takes looks that are no cheaper, twice as much
some fifty calls more for each."""
MOST_GROUPS = 16
"""Groups of inputs that are looked at, four calls each: enough to find one among five hundred. Half of it
measures sixty by themselves; twice as much takes as many calls as a ladder where nothing passes."""


def screen_inputs(point: Point, rng: Rng) -> dict[int, Comparison]:
    """Return agreement for every input whose slope needs no measurement of its own. 2 to 70 forward calls.

    Inputs of little effect are looked at again at larger steps: where the first look sees but rounding, or
    where it saves many of them a measurement of their own. Of many, groups are looked at then.
    """
    near = point.near_jointly()
    first = screen_jointly(near, rng)
    if first is None:
        return {}
    passed = compare_jointly(point, first, TARGET)
    left = [argnum for argnum in first.scales if argnum not in passed]
    is_rounding = _is_rounding(first)
    if not left or not (is_rounding or len(left) > FEW):
        return passed
    further = screen_further(near, left, rng)
    found = compare_jointly(point, first, ROUNDING_TARGET) if is_rounding else {}
    if further is not None:
        target = ROUNDING_TARGET if is_rounding and _is_rounding(further) else TARGET
        found |= compare_jointly(point, further, target)
    found |= passed
    left = [argnum for argnum in first.scales if argnum not in found]
    return found | (_screen_groups(point, near, left, rng) if len(left) > FEW else {})


def _screen_groups(
    point: Point, near: JointNeighbourhood, argnums: list[int], rng: Rng
) -> dict[int, Comparison]:
    """Return agreement for inputs in groups: an error in one of them hides the rest of its group only."""
    found: dict[int, Comparison] = {}
    groups = deque([argnums])
    for _ in range(MOST_GROUPS):
        if not groups:
            break
        group = groups.popleft()
        look = screen_further(near, group, rng)
        if look is not None:
            found |= compare_jointly(point, look, TARGET)
        rest = [argnum for argnum in group if argnum not in found]
        if len(rest) > FEW:
            groups += [rest[: len(rest) // 2], rest[len(rest) // 2 :]]
    return found


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
            relative_to_slope(target * scale, screen.predicted[argnum], scale),  # what is smaller passes
            float(excess / (target * scale)),
        )
        for argnum, scale in screen.scales.items()
        if smallest < scale < np.inf and target * scale > 0.0  # of subnormal slopes a part may be zero
    }


def _is_rounding(screen: JointScreen) -> bool:
    return abs(screen.excess) <= SCREEN_MARGIN * screen.noise
