"""Outputs that move in steps along a line: rounded, looked up, or chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gradcheck._util import widen
from gradcheck.judging.measurement import Measurement
from gradcheck.numerics import Line
from gradcheck.types import Array

EDGE_STEPS = tuple(0.3 * 4.0**-k for k in range(22))
"""Into the domain, where a measurement at its edge asks in which type outputs were stored."""
PLACES = 5
"""Places along a line, at the largest steps of its ladder, at which an output in steps stands still."""
BEYOND = (1.3, 2.7, 5.3, 11.0)
"""Places beyond the ladder, where an output that stands still on all of it may have another value. Fewer
leave constant what jumps a little further off; more leave most domains. None is a whole number, at which an
entry would end at zero."""
WITHIN = (0.1307, 0.2896, 0.5713, 0.8309, 1.2093, 1.5691)
"""Places across the domain, as parts of half the way to the further bound, or of 1: an entry far smaller than
the steps of forward meets none within eleven times its size. No round numbers: half of an even number is
where `round` jumps."""
NEXT = 2.0**-12
"""Relative distance at which it stands still there: below most steps, far above the rounding of float32."""
CLOSER = 2.0**-24
"""The same for steps far smaller than the numbers that are rounded. Single precision stands still there too,
but its jumps are smaller than `STEP_UNITS`."""
STILL = 0.9
"""An output in steps stands still at so many of all places: a step may lie just between two. One that stands
still in a half and moves in the other, as a ReLU does, has at most three quarters of them."""
STILL_BESIDE = 0.75
"""Where other outputs move in steps, so many of the places are enough: of many outputs, one has a step just
between two places now and then. A ReLU beside them has no more."""
STEP_UNITS = 16.0
"""An output that moved evenly would move by so many roundings to float32 over that distance."""
HALVINGS = 40
"""So often the way to another value is halved. Half as often, a map that is a million times steeper than its
surroundings would count as a jump; twice as often is below the rounding of a double."""


def find_steps(measured: Measurement) -> Array:
    """Return which outputs move in steps along the line of a measurement.

    They stand still, and yet are not the same everywhere: at most places, each time at another value,
    or at nearly all places. What never moves is counted among them where others jump.
    """
    found, some_stand_still = _find_steps(measured, NEXT)
    if found.all() or not some_stand_still:
        return found
    return found | _find_steps(measured, CLOSER)[0]


def _find_steps(measured: Measurement, beside: float) -> tuple[Array, bool]:
    """Return which outputs move in steps, and whether any stands still anywhere."""
    line, x = measured.line, widen(measured.line.near.x)
    # An entry may move by far less than it is, and then meets no step that lies where it changes its sign.
    size = np.maximum(np.abs(line.v), np.abs(x))
    further = replace(line, v=np.where(line.v != 0.0, np.copysign(size, line.v), 0.0))
    near = _Looks(line, beside, _steps(measured)[:PLACES])
    far = _Looks(further, beside, BEYOND)
    rounding = max(float(np.finfo(np.float32).eps), line.near.eps) * np.abs(widen(line.near.y))
    least = STEP_UNITS * np.maximum(rounding, measured.unit)
    found = (near.new > len(near.places) / 2) & (near.furthest * beside > least)
    looked = [near, far]
    sets = [looked]
    # What stands still further off alone, as a saturated output does, moves in no steps here.
    some_stand_still = not near.places or bool(np.any(near.still > 0))
    if some_stand_still:
        wide = _Looks(replace(line, v=_across(line, x)), beside, WITHIN)
        # An entry that is far smaller than others may move by more than the steps, but for these places.
        looked = [near, far, wide]
        sets += [[wide], looked]
    furthest = np.max([looks.furthest for looks in looked], axis=0)
    few = np.any([_share_still(some) >= STILL for some in sets], axis=0) & (furthest * NEXT > least)
    if few.any():
        flat = int(np.argmax(np.where(few, furthest, -1.0)))
        moved = [looks for looks in looked if looks.furthest.flat[flat] > 0.0]
        if any(_jumps(looks, flat, float(least.flat[flat])) for looks in moved):
            found |= few | ((_share_still(looked) >= STILL) & (furthest == 0.0))
    if found.any():
        found |= (_share_still(looked) > STILL_BESIDE) & (furthest * NEXT > least)
    return found, some_stand_still


def _share_still(looked: list[_Looks]) -> Array:
    """Return at how many of all places each output stands still, as a part of them."""
    still = np.sum([looks.still for looks in looked], axis=0)
    return np.asarray(still / max(1, sum(len(looks.places) for looks in looked)))


def _across(line: Line, x: Array) -> Array:
    """Return for each entry half the way to its further bound; without one, a way of 1 at least."""
    low, high = line.near.bounds
    if np.isfinite(low) and np.isfinite(high):
        way = 0.5 * np.where(high - x > x - low, high - x, low - x)
    else:
        inward = 1.0 if np.isfinite(low) else -1.0 if np.isfinite(high) else np.sign(line.v)
        way = inward * np.maximum(np.abs(x), 1.0)
    return np.where(line.v != 0.0, way, 0.0)


def _steps(measured: Measurement) -> tuple[float, ...]:
    assert measured.slope is not None
    ladder = measured.slope.ladder
    return EDGE_STEPS if ladder is None or not ladder.rungs else tuple(map(float, ladder.steps))


class _Looks:
    """What outputs do at some places of a line, each with another close beside it."""

    def __init__(self, line: Line, beside: float, steps: Iterable[float]) -> None:
        self.line = line
        before = line.near.y
        self.places: list[float] = []
        self.still = np.zeros(before.shape, dtype=int)
        self.new = np.zeros(before.shape, dtype=int)
        self.furthest = np.zeros(before.shape)
        for t in (side * step for step in steps for side in (1.0, -1.0)):
            here, close = line.side(t), line.side(t + beside * float(np.clip(t, -1.0, 1.0)))
            if here is None or close is None:
                continue  # outside of the domain
            self.places.append(t)
            is_still = here.y == close.y
            self.still += is_still
            # Clipped or dead, an output stands still too, but always at the same value.
            self.new += is_still & (here.change != 0) & (here.y != before)
            self.furthest = np.maximum(self.furthest, np.abs(here.change))
            before = here.y


def _jumps(looks: _Looks, flat: int, least: float) -> bool:
    """Return whether an output jumps on the way to its next value, and does not only run steeply.

    A saturated output has two values at which it stands still as well, and all those in between.
    """
    line = looks.line
    here = there = line.near.y.flat[flat]
    low = high = 0.0
    for high in looks.places:
        side = line.side(high)
        if side is not None and side.y.flat[flat] != here:
            there = side.y.flat[flat]
            # Beside a zero the way is never halved to the end: what is left of a slope is part of the move.
            least = max(least, STEP_UNITS * float(np.finfo(np.float32).eps) * abs(float(there) - float(here)))
            break
    for _ in range(HALVINGS):
        middle = line.side(0.5 * (low + high))
        if middle is None:
            return False
        if middle.y.flat[flat] == here:
            low = 0.5 * (low + high)
        else:
            high, there = 0.5 * (low + high), middle.y.flat[flat]
    return bool(abs(float(there) - float(here)) > least)
