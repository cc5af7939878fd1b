"""Integers in, differences exact, equality bit for bit.

A multilinear map is affine in each input while the others are fixed, so
``f(x + v) − f(x) = J v`` without remainder; a piecewise-linear one is so while no
order and no sign changes. On integers neither side rounds.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np

from gradcheck._util import norm, only
from gradcheck.errors import CannotVerify, NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import ROUNDING, Evidence, Outcome
from gradcheck.layers import Layer
from gradcheck.numerics import difference, inner, is_exact
from gradcheck.sampling import integers, spread_integers
from gradcheck.types import Array, Rng, Verdict

LARGEST_INTEGER = {"float64": 100, "float32": 8}
"""Magnitudes of integers, small enough for exact products of three in the dtype."""
ZEROS = 0.25
SMALLEST = 3
"""Integers up to 1, 2, … are tried, so many each, before a failure is told with larger ones."""
TRIES = 10
PRINTED = 16
"""So many numbers are still read."""
INTEGER_STEP = 8
GAP = 4 * INTEGER_STEP
"""Piecewise-linear maps get values this far apart, and moves below a quarter of it."""


def is_exact_layer(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if not {"multilinear", "piecewise-linear"}.intersection(layer.traits):
        return "forward is not declared multilinear or piecewise-linear"
    if layer.nondeterministic > 0.0:
        return "repeated calls may differ, as is declared, so nothing is exact"
    return None


def exact(trial: Trial) -> Outcome:
    """Compare ⟨ȳ, f(x + v) − f(x)⟩ with ⟨x̄, v⟩ as rational numbers, one input at a time."""
    rng = trial.rng("exact")
    whole = integral(trial, rng)
    y = whole.output()
    most = LARGEST_INTEGER[_narrowest(whole)]
    point = Point.with_cotangent(whole, y, integers(y.shape, most, rng).astype(y.dtype))
    sensitivities = {}
    for argnum in trial.active:
        x = whole.primals[argnum]
        if x.size == 0:
            continue
        v = integers(x.shape, INTEGER_STEP if _is_piecewise(trial.layer) else most, rng)
        apart = _difference(point, argnum, v)
        if apart:
            reason = trial.describe_place(argnum)
            return Outcome(
                Verdict.WRONG, reason, locate=partial(_locate, trial, point, argnum, v), argnum=argnum
            )
        sensitivities[trial.names[argnum]] = 0.0
    return Outcome(Verdict.CORRECT, sensitivities=sensitivities)


def integral(trial: Trial, rng: Rng) -> Trial:
    """Return the trial with integers in every floating-point input."""
    most = LARGEST_INTEGER[_narrowest(trial)]
    if _is_piecewise(trial.layer):
        # Spread over all inputs together: the maximum of two inputs has its kink where they tie.
        sizes = [trial.primals[i].size for i in trial.active]
        drawn = np.split(spread_integers((sum(sizes),), GAP, rng), np.cumsum(sizes)[:-1])
    else:
        shapes = [trial.primals[i].shape for i in trial.active]
        drawn = [_with_zeros(integers(shape, most, rng), rng) for shape in shapes]
    primals = [np.rint(a).astype(a.dtype) for a in trial.primals]
    for i, values in zip(trial.active, drawn, strict=True):
        primals[i] = values.reshape(primals[i].shape).astype(primals[i].dtype)
    return trial.at(tuple(primals))


def _with_zeros(a: Array, rng: Rng) -> Array:
    """Return `a`, in one case of four with zeros in it: zero has no place of its own in a multilinear map."""
    if rng.random() >= ZEROS:
        return a
    return np.asarray(a * (rng.random(a.shape) < 0.5))


def _narrowest(trial: Trial) -> str:
    return "float32" if any(trial.primals[i].dtype == np.float32 for i in trial.active) else "float64"


def _is_piecewise(layer: Layer) -> bool:
    return "piecewise-linear" in layer.traits


def _difference(point: Point, argnum: int, v: Array) -> Fraction:
    """Return ⟨ȳ, f(x+v) − f(x)⟩ − ⟨x̄, v⟩, or 0 where rounding inside the pullback explains it.

    Raises
    ------
    CannotVerify
        If forward is not exactly linear along v, so that its trait does not hold as declared.
    """
    measured = _measure(point, argnum, v)
    x_bar = point.x_bar(argnum)
    apart = measured - inner(x_bar, v)
    rounding = ROUNDING * point.eps * norm(x_bar * v) if apart else 0.0
    return apart if abs(apart) > rounding else Fraction(0)


def _measure(point: Point, argnum: int, v: Array) -> Fraction:
    trial, name = point.trial, point.trial.names[argnum]
    x = trial.primals[argnum]
    # A multilinear map is tested on one side, at v and 2v; a piecewise one stays within its piece, at ±v.
    other = -1.0 if _is_piecewise(trial.layer) else 2.0
    once, twice = (trial.with_primal(argnum, (x + t * v).astype(x.dtype)).forward() for t in (1.0, other))
    if not is_exact(point.y, once, twice):
        message = "integer values grow beyond exact arithmetic"
        raise CannotVerify(message)
    change = difference(once, point.y)
    if not np.array_equal(difference(twice, point.y), other * change):
        traits = ", ".join(sorted(trial.layer.traits))
        message = (
            f"forward is declared {traits}, but on integers it is not exactly linear in {name!r}: "
            "it rounds, or the trait does not hold"
        )
        raise CannotVerify(message)
    return inner(point.y_bar, change)


def _locate(trial: Trial, point: Point, argnum: int, v: Array) -> Evidence:
    """Return the worst wrong entry, by bisection: at the smallest integers that show one."""
    smaller = _smaller(trial, argnum)
    if smaller is not None:
        point, v = smaller
    entries = np.arange(v.size)
    while entries.size > 1:
        halves = np.array_split(entries, 2)
        apart = [abs(_difference(point, argnum, only(v, half))) for half in halves]
        entries = halves[int(apart[1] > apart[0])]
    index = tuple(int(i) for i in np.unravel_index(int(entries[0]), v.shape)) if v.shape else ()
    derived = float(point.x_bar(argnum)[index])
    measured = float(_measure(point, argnum, only(v, entries)) / Fraction(float(v[index])))
    values = _values(point) if smaller is not None else ""
    bar = point.trial.cotangent_name(argnum)
    return Evidence(bar, index, derived, measured, 0.0, 0.0, against="exact", values=values)


def _smaller(trial: Trial, argnum: int) -> tuple[Point, Array] | None:
    """Return a failing point of a multilinear layer with the smallest integers found, and a direction."""
    if _is_piecewise(trial.layer):
        return None
    for most in range(1, SMALLEST + 1):
        rng = trial.rng(f"smallest {most}")
        for _ in range(TRIES):
            primals = tuple(
                integers(a.shape, most, rng).astype(a.dtype)
                if i in trial.active
                else np.rint(a).astype(a.dtype)
                for i, a in enumerate(trial.primals)
            )
            try:
                whole = trial.at(primals)
                whole.stay_inside()
                y = whole.forward()
                point = Point.with_cotangent(whole, y, integers(y.shape, most, rng).astype(y.dtype))
                v = integers(primals[argnum].shape, 1, rng)
                if _difference(point, argnum, v):
                    return point, v
            except NothingToLearn:
                continue
    return None


def _values(point: Point) -> str:
    """Return the inputs and the cotangent of the output as text, where they are few."""
    arrays = {**dict(zip(point.trial.names, point.trial.primals, strict=True)), "y_bar": point.y_bar}
    if sum(a.size for a in arrays.values()) > PRINTED:
        return ""
    return ", ".join(f"{name} = {np.rint(a).astype(int).tolist()}" for name, a in arrays.items())
