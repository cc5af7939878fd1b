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
NEXT = 2.0**-12
"""Relative distance at which it stands still there: below most steps, far above the rounding of float32."""
STILL = 0.9
"""An output in steps stands still at so many of all places: a step may lie just between two. One that stands
still in a half and moves in the other, as a ReLU does, has at most three quarters of them."""
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
    line, x = measured.line, widen(measured.line.near.x)
    # An entry may move by far less than it is, and then meets no step that lies where it changes its sign.
    size = np.maximum(np.abs(line.v), np.abs(x))
    further = replace(line, v=np.where(line.v != 0.0, np.copysign(size, line.v), 0.0))
    near = _Looks(line, (side * t for t in _steps(measured)[:PLACES] for side in (1.0, -1.0)))
    far = _Looks(further, (side * t for t in BEYOND for side in (1.0, -1.0)))
    rounding = max(float(np.finfo(np.float32).eps), line.near.eps) * np.abs(widen(line.near.y))
    least = STEP_UNITS * np.maximum(rounding, measured.unit)
    found = (near.new > len(near.places) / 2) & (near.furthest * NEXT > least)
    is_still = near.still + far.still >= STILL * (len(near.places) + len(far.places))
    furthest = np.maximum(near.furthest, far.furthest)
    few = is_still & (furthest * NEXT > least)
    if few.any():
        flat = int(np.argmax(np.where(few, furthest, -1.0)))
        looks = max(near, far, key=lambda looks: looks.furthest.flat[flat])
        if _jumps(looks, flat, float(least.flat[flat])):
            found |= few | (is_still & (furthest == 0.0))
    return found


def _steps(measured: Measurement) -> tuple[float, ...]:
    assert measured.slope is not None
    ladder = measured.slope.ladder
    return EDGE_STEPS if ladder is None or not ladder.rungs else tuple(map(float, ladder.steps))


class _Looks:
    """What outputs do at some places of a line, each with another close beside it."""

    def __init__(self, line: Line, places: Iterable[float]) -> None:
        self.line = line
        before = line.near.y
        self.places: list[float] = []
        self.still = np.zeros(before.shape, dtype=int)
        self.new = np.zeros(before.shape, dtype=int)
        self.furthest = np.zeros(before.shape)
        for t in places:
            here, beside = line.side(t), line.side(t + NEXT * float(np.clip(t, -1.0, 1.0)))
            if here is None or beside is None:
                continue  # outside of the domain
            self.places.append(t)
            is_still = here.y == beside.y
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
