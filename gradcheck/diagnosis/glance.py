"""Why a cotangent is wrong at one point, where no Jacobian can be had: from a few slopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from gradcheck._util import dot, norm
from gradcheck.diagnosis.arrangements import MistakeKey, transpositions_and_flips
from gradcheck.diagnosis.excess import Excess, Meter
from gradcheck.diagnosis.scalings import FACTORS
from gradcheck.diagnosis.subject import MistakeSubject
from gradcheck.diagnosis.wording import describe_mistake
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import ROUNDING, Cause, Diagnosis, K
from gradcheck.numerics import direction
from gradcheck.types import Array

SLOPE_DIRECTIONS = 4
"""A cause explains the slopes along so many directions."""
TOLD_APART = 50.0
"""Along each of them, a candidate is so many times further from the derived cotangent than what is allowed.

Then no slope that says nothing speaks for a candidate; half of it takes more of what is vague.
"""


def diagnose_by_slopes(trial: Trial, argnum: int) -> Diagnosis:
    """Return a simple cause that explains the slopes along a few directions.

    A simple cause is undone by a change of the derived cotangent as a whole: divided by the factor,
    turned back, taken from the input whose cotangent it is. If that gives all measured slopes, where
    they tell it from the derived cotangent and from all other candidates, it is one. Four directions at
    four forward calls each, whatever the size.
    """
    try:
        point = Point.of(trial, trial.rng("glance"))
        keys = _find_causes(point, argnum)
    except NothingToLearn:
        return Diagnosis("", (), 0)
    is_complex = trial.inputs.leaves[argnum].slot.is_complex
    subject = MistakeSubject(trial, argnum, point.y.ndim, other="swapped")
    size = trial.primals[argnum].size // (1 + is_complex)
    causes = tuple(Cause(key, describe_mistake(key, subject), 1, size) for key in keys)
    return Diagnosis(_where(keys), causes, 1 if causes else 0)


def _where(keys: list[MistakeKey]) -> str:
    """Return where a cotangent is wrong that is wrong as a whole."""
    if not keys:
        return ""
    return "every entry" if keys[0][0] in ("sign", "factor") else "nearly every entry"


@dataclass(frozen=True)
class _Slope:
    """The slope along one direction, and the excess over the derived one."""

    v: Array
    derived: float
    excess: Excess

    def fits(self, x_bar: Array, eps: float) -> bool:
        """Return whether a cotangent has this slope, and the derived one has clearly another."""
        off = float(dot(x_bar, self.v)) - self.derived
        allowed = K * self.excess.error + ROUNDING * eps * norm(x_bar * self.v)
        return abs(off - self.excess.value) <= allowed and abs(off) > TOLD_APART * allowed


def _find_causes(point: Point, argnum: int) -> list[MistakeKey]:
    """Return the causes that explain all slopes: one, or several that are one array."""
    slopes = _slopes(point, argnum)
    if not slopes or not all(slope.excess.shows for slope in slopes):
        return []
    fitting = [
        (key, x_bar)
        for key, x_bar in _candidates(point, argnum)
        if all(slope.fits(x_bar, point.eps) for slope in slopes)
    ]
    if any(not np.allclose(x_bar, fitting[0][1], rtol=1e-12, atol=0.0) for _, x_bar in fitting):
        return []
    return [key for key, _ in fitting[:1] if key[0] != "input" or _is_swapped(point, argnum, key[1])]


def _slopes(point: Point, argnum: int) -> list[_Slope]:
    """Measure along a few directions; nothing where a step leaves the domain."""
    rng, near = point.trial.rng("glance"), point.near(argnum)
    slopes: list[_Slope] = []
    meter: Meter | None = None
    for _ in range(SLOPE_DIRECTIONS):
        v = direction(near, rng)
        meter = Meter.of(point, argnum, v, rng) if meter is None else meter.along(v)
        excess = meter.over_range(0, v.size)
        if excess is None:
            return []
        slopes.append(_Slope(v, float(dot(point.x_bar(argnum), v)), excess))
    return slopes


def _is_swapped(point: Point, argnum: int, other: str) -> bool:
    """Return whether the other input's right cotangent is the one that is derived for this input."""
    slopes = _slopes(point, point.trial.names.index(other))
    return bool(slopes) and all(slope.fits(point.x_bar(argnum), point.eps) for slope in slopes)


def _candidates(point: Point, argnum: int) -> Iterator[tuple[MistakeKey, Array]]:
    """Yield what the right cotangent would be if a mistake were made, a plain number before a size.

    At one point, a size is not told from the number that it is.
    """
    x_bar = point.x_bar(argnum)
    yield ("sign",), -x_bar
    for factor in FACTORS:
        yield ("factor", factor), x_bar / factor
    for size in (*point.y.shape, prod(point.y.shape), *x_bar.shape, x_bar.size):
        if size > 1:
            yield ("constant", float(size)), x_bar / size
            yield ("constant", float(f"{1.0 / size:.6g}")), x_bar * size
    for other in point.trial.active:
        if other != argnum and point.trial.primals[other].shape == x_bar.shape:
            yield ("input", point.trial.names[other]), point.x_bar(other)
    if not point.trial.inputs.leaves[argnum].slot.is_complex:
        for key, arrange in transpositions_and_flips(x_bar.shape):
            yield ("entries", *key), arrange(x_bar)
