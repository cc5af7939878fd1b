"""Where one-sided derivatives differ, the derived value lies between them; where they agree, it is theirs.

For one elementary piecewise-linear operation at exact ties and zeros, every one-sided
derivative is an exact difference of integers. Directions that move tied entries together
are smooth again, which is how a maximum that is routed twice shows. An order statistic,
as in sorting, may choose a piece whose slope lies outside the two one-sided ones; slopes at
random points close by are the slopes of all pieces, and have the last word.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import numpy as np

from gradcheck._util import norm
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import ROUNDING, Evidence, Outcome
from gradcheck.layers import Layer
from gradcheck.numerics import difference, inner
from gradcheck.sampling import tied_integers
from gradcheck.types import Array, Rng, Verdict

TIE_GAP = 8
KINK_STEP = 2.0**-6
"""Far below the gaps, so that the map is linear on it unless it has kinks between the integers."""
NEARBY = 64
"""Points around a tie whose slopes are asked for before a gradient is called wrong."""
OUTPUTS = 3
"""Outputs looked at in one example, each with one cotangent of its own."""


def has_kinks(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if "piecewise-linear" in layer.traits:
        return None
    return "forward is not declared piecewise-linear"


def kink(trial: Trial) -> Outcome:
    """Compare the derived slope with both one-sided ones, one output at a time."""
    rng = trial.rng("kink")
    primals = list(trial.primals)
    for i in trial.active:
        primals[i] = tied_integers(primals[i].shape, TIE_GAP, rng).astype(primals[i].dtype)
    tied = trial.at(tuple(primals))
    y = tied.output()
    sensitivities: dict[str, float] = {}
    for flat in rng.permutation(y.size)[:OUTPUTS]:
        point = Point.with_cotangent(tied, y, _one_hot(y, int(flat)))
        for moves in _moves(tied, rng):
            finding = _between(point, moves, rng)
            if finding is not None:
                return finding
            sensitivities.update({tied.names[argnum]: 0.0 for argnum in moves})
    return Outcome(
        Verdict.CORRECT if sensitivities else Verdict.UNVERIFIED,
        "" if sensitivities else "no entries",
        sensitivities,
    )


def _moves(tied: Trial, rng: Rng) -> Iterator[dict[int, Array]]:
    """Return directions: one entry, all entries of one value, random signs; then ties across all inputs."""
    filled = [argnum for argnum in tied.active if tied.primals[argnum].size]
    for argnum in filled:
        x = tied.primals[argnum]
        single = np.zeros(x.size)
        single[rng.integers(x.size)] = 1.0
        yield {argnum: single.reshape(x.shape)}
        yield {argnum: (x == rng.choice(x.ravel())).astype(np.float64)}
        yield {argnum: rng.integers(-1, 2, x.shape).astype(np.float64)}
    if len(filled) > 1:
        value = rng.choice(np.concatenate([tied.primals[argnum].ravel() for argnum in filled]))
        yield {argnum: (tied.primals[argnum] == value).astype(np.float64) for argnum in filled}


def _between(point: Point, moves: dict[int, Array], rng: Rng) -> Outcome | None:
    trial, y = point.trial, point.y
    above, below = (_slope(point, trial, y, moves, sign * KINK_STEP) for sign in (1.0, -1.0))
    if any(_slope(point, trial, y, moves, s * KINK_STEP / 2) != d for s, d in ((1.0, above), (-1.0, below))):
        return None  # another kink lies within the step, which is then no one-sided derivative
    derived = sum((inner(point.x_bar(argnum), v) for argnum, v in moves.items()), Fraction(0))
    rounding = Fraction(ROUNDING * point.eps * sum(norm(point.x_bar(b) * v) for b, v in moves.items()))
    if min(above, below) - rounding <= derived <= max(above, below) + rounding:
        return None
    nearby = [above, below, *_nearby(point, moves, rng)]
    if min(nearby) - rounding <= derived <= max(nearby) + rounding:
        return None
    where = trial.describe_place(next(iter(moves)))
    if above == below:
        reason = f"{where}, where values tie and move together"
    else:
        reason = f"{where}, at a kink: not between the one-sided slopes {float(below):g} and {float(above):g}"
    return Outcome(Verdict.WRONG, reason, locate=partial(_evidence, trial, moves, derived, above, below))


def _slope(point: Point, start: Trial, y: Array, moves: dict[int, Array], step: float) -> Fraction:
    """Return ⟨ȳ, f(x + step·v) − f(x)⟩ / step; the step is far below the gaps, so the map is linear on it."""
    moved = list(start.primals)
    for argnum, v in moves.items():
        moved[argnum] = (moved[argnum] + step * v).astype(moved[argnum].dtype)
    return inner(point.y_bar, difference(start.at(tuple(moved)).forward(), y)) / Fraction(step)


def _nearby(point: Point, moves: dict[int, Array], rng: Rng) -> Iterator[Fraction]:
    """Return the slopes at random points around the tie: those of the pieces that meet in it."""
    trial = point.trial
    for _ in range(NEARBY):
        shifted = list(trial.primals)
        for argnum in trial.active:
            shift = rng.integers(-63, 64, shifted[argnum].shape) / 64.0
            shifted[argnum] = (shifted[argnum] + shift).astype(shifted[argnum].dtype)
        beside = trial.at(tuple(shifted))
        yield _slope(point, beside, beside.forward(), moves, 2.0**-10)


def _evidence(
    trial: Trial, moves: dict[int, Array], derived: Fraction, above: Fraction, below: Fraction
) -> Evidence:
    nearest = min((above, below), key=lambda side: abs(side - derived))
    values = float(derived), float(nearest), 0.0, 0.0
    (argnum, v), *others = moves.items()
    moved = np.argwhere(v)
    if len(moved) == 1 and not others:
        return Evidence(
            trial.cotangent_name(argnum), tuple(int(i) for i in moved[0]), *values, against="exact"
        )
    text = ", ".join(f"{trial.names[b]} moved by {u.astype(int).tolist()}" for b, u in moves.items())
    return Evidence(f"the slope, {text}", None, *values, against="exact")


def _one_hot(y: Array, flat: int) -> Array:
    one = np.zeros(y.size, dtype=y.dtype)
    one[flat] = 1
    return one.reshape(y.shape)
