"""Forward maps that jump between neighbouring numbers: digits are lost inside, whatever computes there.

In ``1 − cos x`` for a small x, moving x by an ulp moves nothing, and the numbers of Python carry no shadow.
On a wider part of the line such a function jumps again and again, which no continuous function does.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.polynomial import Polynomial

from gradcheck._util import dot, norm, widen
from gradcheck.errors import NothingToLearn
from gradcheck.numerics.line import Line, Side
from gradcheck.numerics.slope import Slope
from gradcheck.types import Array, Rng

POINTS = 4
"""So many points are looked at to either side. Half as many leave nothing beside the curve through all of
them; twice as many are calls that tell the same a little better."""
SLOPES = 24
"""Derived slopes that are asked for there: a third as many are smooth by chance once in forty; twice as many
are calls that tell the same."""
DEGREE = 3
"""Of the curve that is taken off. A degree less leaves more of a smooth function, which costs calls until it
is seen to be one; one more leaves too few points beside it."""
PART = 0.5
"""On this part of the first step of a ladder jumps are looked for, and where there are some, how far the
derived slope scatters. Half of it misses what is lost in units of some per cent; twice as much bends more."""
UNITS = 64.0
"""A jump of no more rounding units of the outputs is their own last rounding. Half of it is met by chance; of
twice as much, another bit that is lost is not seen."""
SHORT, LOOKS = 8, 4
"""Rungs of a ladder that settles soon, and those by which it is judged. One that goes on is quiet only where
it stands still."""
SHRINKS, WITHIN = 0.5, 8.0
"""By how much the difference quotients of a smooth function come nearer to the slope, until they are within
so many of its error bars: by 1/16. Half of the one calls smooth functions rough near a pole; twice as much
is no order at all."""
ORDER, RUN = 8.0, 5
"""In a ladder that goes on, the quotients of a smooth function come nearer by 16 at each step; by so much, at
so many steps one after the other, no function does that jumps. Half of the one is met where a kink is near;
of the other, by chance."""
CONVERGED = 1e-3
"""They then lead to within so small a part of the slope's excess that rounding can't be what it is. Half and
twice of it tell the same: at five steps they come nearer by a million."""
HALVINGS = 48
"""After so many, two points on that part are neighbours in double precision."""


def is_orderly(slope: Slope) -> bool:
    """Return whether the ladder of a slope is that of a smooth function, which need not be asked for jumps.

    It is short, and leads nearer at each step; or it leads nearer by the order of central differences.
    """
    if slope.ladder is None or not slope.ladder.rungs:
        return False
    off = [abs(float(rung.mean[0]) / rung.h - slope.value) for rung in slope.ladder.rungs]
    if len(off) > SHORT:
        return _is_of_order(off, CONVERGED * abs(slope.value))
    steps = pairwise(off[:LOOKS])
    return all(after <= max(SHRINKS * before, WITHIN * slope.error) for before, after in steps)


def _is_of_order(off: list[float], near: float) -> bool:
    """Return whether numbers shrink by `ORDER` at so many steps, one after the other, to what is `near`."""
    run = 0
    for before, after in pairwise(off):
        run = run + 1 if after <= before / ORDER else 0
        if run >= RUN and after <= near:
            return True
    return False


def measure_jump(line: Line, first: float, worth: float, rng: Rng) -> float:
    """Return by how much φ = ⟨ȳ, f⟩ − ⟨x̄, ·⟩ jumps to either side of a point; 0 where one side has no jump.

    A jump to one side alone is a discontinuity of f, and no rounding.

    Parameters
    ----------
    line
        The line through the point.
    first
        The first step that a ladder takes along it.
    worth
        The smallest jump that matters.
    rng
        Draws the points that are looked at.
    """
    distances = np.sort(rng.uniform(0.0, PART * first, (2, POINTS)), axis=1)
    places = [*(-distances[0, ::-1]).tolist(), 0.0, *distances[1].tolist()]
    sides = [line.side(t) for t in places]
    furthest = sides[-1]
    values = [_value(line, t, side) for t, side in zip(places, sides, strict=True)]
    if furthest is None or not np.all(np.isfinite(values)):
        return 0.0  # it leaves the domain
    size = max(line.near.size, norm(widen(line.near.y_bar) * widen(furthest.y)))
    worth = max(worth, UNITS * line.near.eps * size)
    curve = Polynomial.fit(places, values, DEGREE)

    def left(t: float) -> float:
        return _value(line, t, line.side(t)) - float(curve(t))

    seen = [(t, value - float(curve(t))) for t, value in zip(places, values, strict=True)]
    below, above = seen[: POINTS + 1], seen[POINTS:]
    return min(_largest_jump(left, side, worth) for side in (below, above))


def measure_scatter(line: Line, v: Array, first: float, rng: Rng) -> float:
    """Return how far the expected slope along `v` is from a smooth curve, in the root mean square, on a line.

    Parameters
    ----------
    line, first, rng
        As of `measure_jump`.
    v
        The direction of the slope, which may lead further than the line.
    """
    if line.near.pull is None:
        return 0.0
    places = PART * first * rng.uniform(-1.0, 1.0, SLOPES)
    slopes = np.array([_expected(line, t, v) for t in places.tolist()])
    if not np.all(np.isfinite(slopes)):
        return 0.0
    left = slopes - Polynomial.fit(places, slopes, DEGREE)(places)
    return float(np.sqrt(np.sum(left**2) / (slopes.size - DEGREE - 1)))


def _largest_jump(left: Callable[[float], float], seen: list[tuple[float, float]], worth: float) -> float:
    """Return the larger one of the jumps up and down that the largest changes lead to."""
    found = [0.0]
    for sign in (1.0, -1.0):
        below, above = max(pairwise(seen), key=lambda pair: sign * (pair[1][1] - pair[0][1]))
        found.append(_follow(left, below, above, sign, worth))
    return max(found)


def _follow(
    left: Callable[[float], float],
    below: tuple[float, float],
    above: tuple[float, float],
    sign: float,
    worth: float,
) -> float:
    """Halve the way to a jump, and return it; 0 where what is left becomes too small.

    Between its jumps a map that stands still leaves a slope of the other sign, which is not followed.
    """
    for _ in range(HALVINGS):
        if not sign * (above[1] - below[1]) > worth:
            return 0.0
        t = 0.5 * (below[0] + above[0])
        middle = t, left(t)
        if sign * (middle[1] - below[1]) > sign * (above[1] - middle[1]):
            above = middle
        else:
            below = middle
    return abs(above[1] - below[1])


def _value(line: Line, t: float, side: Side | None) -> float:
    """Return φ after a step, or NaN beyond the domain."""
    return np.nan if side is None else float(line.excess(side, t)[0])


def _expected(line: Line, t: float, v: Array) -> float:
    near, step = line.near, line.step(abs(t))
    assert near.pull is not None
    try:
        moved: Array = near.x + (step if t > 0.0 else -step)
        return float(dot(widen(near.pull(moved)) - widen(near.x_bar), v))
    except NothingToLearn:
        return np.nan
