"""Where one-sided derivatives differ, the derived value lies between them; where they agree, it is theirs.

For one elementary piecewise-linear operation at exact ties and zeros, every one-sided
derivative is an exact difference of integers. Directions that move tied entries together
are smooth again, which is how a maximum that is routed twice shows.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np

from gradcheck.compare import ROUNDING
from gradcheck.findings import Evidence, Outcome
from gradcheck.layer import Layer
from gradcheck.numerical.exact import difference, inner
from gradcheck.numerical.point import Point
from gradcheck.trial import Trial
from gradcheck.types import Array, Rng, Verdict
from gradcheck.values import tied_integers
from gradcheck.vectors import norm

GAP = 8
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
        primals[i] = tied_integers(primals[i].shape, GAP, rng).astype(primals[i].dtype)
    tied = trial.at(tuple(primals))
    y = tied.forward()
    seen: dict[str, float] = {}
    for flat in rng.permutation(y.size)[:OUTPUTS]:
        point = Point.pulled_back(tied, y, _one_hot(y, int(flat)))
        for block in trial.active:
            for v in _directions(tied.primals[block], rng):
                finding = _between(point, block, v)
                if finding is not None:
                    return finding
                seen[trial.names[block]] = 0.0
    return Outcome(Verdict.CORRECT if seen else Verdict.UNVERIFIED, "" if seen else "no entries", seen)


def _directions(x: Array, rng: Rng) -> list[Array]:
    """Return one entry, all entries of one value, and random signs."""
    if x.size == 0:
        return []
    value = rng.choice(x.ravel())
    single = np.zeros(x.size)
    single[rng.integers(x.size)] = 1.0
    return [
        single.reshape(x.shape),
        (x == value).astype(np.float64),
        rng.integers(-1, 2, x.shape).astype(np.float64),
    ]


def _between(point: Point, block: int, v: Array) -> Outcome | None:
    above, below = _one_sided(point, block, v), -_one_sided(point, block, -v)
    x_bar = point.x_bar(block)
    derived = inner(x_bar, v)
    rounding = Fraction(ROUNDING * point.eps * norm(x_bar * v))
    low, high = min(above, below) - rounding, max(above, below) + rounding
    if low <= derived <= high:
        return None
    name = point.trial.names[block]
    sides = f"{float(below):g} and {float(above):g}"
    if above == below:
        reason = f"{point.trial.within(block)}, where values tie and move together"
    else:
        reason = f"{point.trial.within(block)}, at a kink: not between the one-sided slopes {sides}"
    return Outcome(Verdict.WRONG, reason, locate=partial(_evidence, name, v, derived, above, below))


def _evidence(name: str, v: Array, derived: Fraction, above: Fraction, below: Fraction) -> Evidence:
    nearest = min((above, below), key=lambda side: abs(side - derived))
    values = float(derived), float(nearest), 0.0, 0.0
    moved = np.argwhere(v)
    if len(moved) == 1:
        return Evidence(f"{name}_bar", tuple(int(i) for i in moved[0]), *values, against="exact")
    what = f"⟨{name}_bar, v⟩, v = {v.astype(int).tolist()}"
    return Evidence(what, None, *values, against="exact")


def _one_sided(point: Point, block: int, v: Array) -> Fraction:
    """Return ⟨ȳ, f(x + v) − f(x)⟩; |v| ≤ 1 is far below the gaps of x, so the side is linear."""
    x = point.trial.primals[block]
    moved = point.trial.replaced(block, (x + v).astype(x.dtype)).forward()
    return inner(point.y_bar, difference(moved, point.y))


def _one_hot(y: Array, flat: int) -> Array:
    one = np.zeros(y.size, dtype=y.dtype)
    one[flat] = 1
    return one.reshape(y.shape)
