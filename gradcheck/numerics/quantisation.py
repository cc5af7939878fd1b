"""Forward maps that move in steps: where digits are lost inside, and no jitter of the input shows it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gradcheck._util import max_abs, norm, widen
from gradcheck.numerics.ladder import Ladder
from gradcheck.numerics.line import Line, Rung
from gradcheck.numerics.mantissa import HALF_BITS, HALF_SPACING, are_round, narrow_unit, unit_of_bits
from gradcheck.types import Array

QUANTA = 16.0
"""Units of rounding in which a quantised output may still move."""
LOOKS = 3
"""Steps at which outputs are looked at for the type in which they were stored."""
FALL = 16.0
"""A right gradient's excess falls by 64 when the step is quartered; by so much at least, it is orderly."""
ORDERLY = 2
"""So many orderly falls, followed by as many rises, are the sign of a forward map that is quantised."""


def plateau_noise(ladder: Ladder) -> float:
    """Return the noise that shows when an orderly descent of the excess turns back, or 0."""
    w = np.abs([float(rung.mean[0]) for rung in ladder.rungs])
    orderly = 0
    for k in range(1, len(w)):
        falls = w[k - 1] >= FALL * w[k] > 0.0
        orderly = orderly + 1 if falls else (orderly if orderly >= ORDERLY else 0)
        if orderly >= ORDERLY and w[k] > w[k - 1]:
            tail = w[k - 1 :]
            return float(np.max(tail)) if np.sum(np.diff(tail) > 0.0) >= ORDERLY else 0.0
    return 0.0


def quantum_noise(ladder: Ladder, line: Line, unit: float) -> float:
    """Return the noise of outputs that stand still while the step shrinks and then no longer move at all.

    Inside ``log(1 + exp(x))``, say, 1 swallows all but a few digits: the output moves by whole
    units of that 1 or not at all, and no jitter of x shows it. A step larger than such a unit
    of rounding is no noise but a step function.

    Parameters
    ----------
    ladder, line
        What was climbed, and along which line.
    unit
        The rounding unit of the largest number that forward is known to handle.
    """
    changes = [rung.change for rung in ladder.rungs]
    smallest = np.zeros(line.near.y.shape)
    for before, after in pairwise(changes):
        smallest = np.where((after == 0.0) & (before > 0.0), before, smallest)
    smallest = np.where(smallest <= QUANTA * unit, smallest, 0.0)
    return norm(widen(line.near.y_bar) * smallest)


def storage_noise(line: Line, steps: Sequence[float] | Array) -> float:
    """Return the rounding of outputs that went through a narrower type than their own, or 0.

    Along a random line no output has twelve bits fewer than it could by chance, so if all have,
    forward rounded them. In types as narrow as float16 outputs that were small are rounded as what they
    become on the way, and what is smaller than that type's numbers is rounded as the smallest of them.
    """
    moved = [line.side(float(h)) for h in steps[:: max(1, len(steps) // LOOKS)]]
    outputs = [side.y for side in moved if side is not None]
    if outputs and are_round(outputs):  # steps, as of `floor`, must not be taken for the rounding of bfloat16
        return unit_of_bits(HALF_BITS) * line.near.size
    unit = narrow_unit(outputs, line.near.eps)
    y_bar = widen(line.near.y_bar)
    sizes = [line.near.size, *(norm(y_bar * widen(y)) for y in outputs)]
    if unit < unit_of_bits(HALF_BITS):
        return unit * (line.near.size or max(sizes))  # an output that is zero is rounded as what it becomes
    return max(unit * max(sizes), HALF_SPACING * norm(y_bar))


def still_rungs(ladder: Ladder) -> list[Rung]:
    """Return the rungs below the last one on which any output moved."""
    moving = [k for k, rung in enumerate(ladder.rungs) if np.any(rung.change)]
    return list(ladder.rungs[moving[-1] + 1 if moving else 0 :])


def rounding_unit(eps: float, arrays: Sequence[Array]) -> float:
    """Return the rounding unit of the largest number in some arrays, 1 among them."""
    return eps * max(1.0, *(max_abs(widen(a)) for a in arrays))
