"""A function in its own precision, against a plain implementation in float64.

A kernel is written to be fast, and computes in a narrow type; how far it may be from the plain one is not
declared but measured: by what moves of one unit in the last place of that type do to the plain one.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck._util import max_abs, widen
from gradcheck.checks.confirmation import beside_too
from gradcheck.checks.entries import disagreement
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised, NothingToLearn
from gradcheck.evaluation import Point, Trial, invisible_cotangent
from gradcheck.judging import WEAK, Agreement, Outcome
from gradcheck.layers import Layer
from gradcheck.numerics import HALF_BITS, HALF_SPACING, common_bits, unit_of_bits
from gradcheck.types import Array, Rng, Verdict

MOVES = 8
"""Times that all is moved by one unit in the last place, of which the furthest result counts. With half of
them an entry may stand still by chance; twice as many take twice as long."""
BOUND = 8.0
"""How many times as far a kernel's result may lie from the plain one. Operations of bfloat16 and float16 lie
within 3.2 times; half would leave no room beside that, twice would miss a tenth of a gradient in bfloat16."""
READ_BITS = (8, HALF_BITS, 24)
"""Of bfloat16, float16 and float32: what a function may round its inputs to."""


def has_reference(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.reference is not None else "the layer declares no reference"


@beside_too
def reference(trial: Trial) -> Outcome:
    """Compare output and cotangents with the reference's, entry by entry."""
    point = Point.common(trial)
    wide = trial.cast(np.float64)
    plain = replace(wide, dtypes=tuple(a.dtype for a in wide.primals))
    y_bar = point.y_bar.astype(np.float64)
    y, bars = _call(plain, point, y_bar)
    unit = _unit(point, [y, *bars.values()])
    moved = _move(plain, point, y_bar, unit)
    pairs: dict[int | None, tuple[Array, Array]] = {
        None: (point.y, y),
        **{i: (point.x_bar(i), bar) for i, bar in bars.items()},
    }
    sensitivities: dict[str, float] = {}
    for argnum, (derived, expected) in pairs.items():
        reach = _last_place(expected, unit) / 2.0
        if argnum is not None and not _rounds_inside(trial.layer):
            reach = np.maximum(reach, unit / point.unit * invisible_cotangent(point, argnum))
        for y_moved, bars_moved in moved:
            other = y_moved if argnum is None else bars_moved[argnum]
            further = np.abs(other - expected)
            # Where a move makes a result overflow, nothing is learnt of the rounding of one that does not.
            reach = np.where(np.isfinite(further), np.maximum(reach, further), reach)
        agreement = _compare(derived, expected, BOUND * reach)
        if not agreement.agree:
            what = "y" if argnum is None else trial.cotangent_name(argnum)
            located = partial(disagreement, what, derived, expected, agreement, "reference")
            text = "forward disagrees with the reference" if argnum is None else trial.describe_place(argnum)
            return Outcome(Verdict.WRONG, text, locate=located, ratio=agreement.ratio, argnum=argnum)
        if argnum is not None and agreement.sensitivity <= WEAK:
            sensitivities[trial.names[argnum]] = agreement.sensitivity
    return Outcome(Verdict.CORRECT, sensitivities=sensitivities)


def _call(trial: Trial, point: Point, y_bar: Array) -> tuple[Array, dict[int, Array]]:
    """Return the reference's output and cotangents.

    Raises
    ------
    CannotVerify
        If the reference raises, or returns another form than the layer: its fault, not the layer's.
    """
    assert trial.layer.reference is not None
    try:
        y, pullback = trial.linearise_with("reference", "reference's pullback", trial.layer.reference)
        if y.shape != point.y.shape:
            message = (
                f"the reference of {trial.layer.name!r} returned the shape {y.shape}, forward {point.y.shape}"
            )
            raise CannotVerify(message)
        bars = pullback(y_bar)
    except (BrokenContract, LayerRaised) as fault:
        message = f"the reference can't be used: {fault}"
        raise CannotVerify(message) from fault
    return widen(y), {i: widen(bar) for i in trial.active if (bar := bars[i]) is not None}


def _unit(point: Point, others: list[Array]) -> float:
    """Return the rounding unit of the narrowest type that the layer or the reference shows to compute in."""
    trial = point.trial
    shown = [common_bits([point.y]), common_bits(point.x_bar(i) for i in trial.active)]
    shown += [common_bits([other]) for other in others if np.any(other)]
    return max(point.unit, *map(unit_of_bits, shown), *(_unit_read(point, i) for i in trial.active))


def _unit_read(point: Point, argnum: int) -> float:
    """Return the rounding unit to which the layer rounds one input before it does anything else, or 0."""
    x = point.trial.primals[argnum]
    for bits in READ_BITS:
        rounded = _round(x, bits)
        if np.array_equal(rounded, x):
            return 0.0  # it was round as drawn, so that nothing can be seen of that
        there = point.trial.with_primal(argnum, rounded)
        try:
            y, pullback = there.linearise()
            bars = pullback(point.y_bar.copy())
        except NothingToLearn:
            continue
        same = [np.array_equal(bars[i], point.x_bars[i]) for i in point.trial.active]  # type: ignore[arg-type]
        if np.array_equal(y, point.y) and all(same):
            return unit_of_bits(bits)
    return 0.0


def _round(x: Array, bits: int) -> Array:
    fractions, exponents = np.frexp(x)
    return np.asarray(np.ldexp(np.rint(np.ldexp(fractions, bits)), exponents - bits), x.dtype)


def _move(trial: Trial, point: Point, y_bar: Array, unit: float) -> list[tuple[Array, dict[int, Array]]]:
    """Return the reference's results where inputs and cotangent are moved by one unit in the last place.

    Operations round by half of one, where they can be made to: 1 − p, which is small, is off by what p is.
    """
    rng, framework = trial.rng("reference's moves"), trial.layer.framework
    found = []
    for _ in range(MOVES):
        primals = list(trial.primals)
        for i in trial.active:
            primals[i] = trial.clip(i, _step(primals[i], unit, rng))
        try:
            with nullcontext() if framework is None else framework.rounding_at_random(rng, unit / 2.0):
                found.append(_call(trial.at(tuple(primals)), point, _step(y_bar, unit, rng)))
        except NothingToLearn:
            continue  # one unit beyond the edge of where the reference works
    return found


def _rounds_inside(layer: Layer) -> bool:
    """Return whether operations of the reference round at random; what they lose shows nowhere else."""
    return layer.framework is not None and layer.framework.rounds_at_random


def _step(a: Array, unit: float, rng: Rng) -> Array:
    return np.asarray(a + _last_place(a, unit) * rng.integers(-1, 2, a.shape))


def _last_place(a: Array, unit: float) -> Array:
    """Return the distance of neighbouring numbers at each entry; zeros stay, but where float16 makes them."""
    _, exponents = np.frexp(a)
    places = np.where(a == 0.0, 0.0, np.ldexp(unit, exponents - 1))
    may_be_half = unit >= unit_of_bits(HALF_BITS)
    return np.asarray(np.maximum(places, HALF_SPACING) if may_be_half else places)


def _compare(derived: Array, expected: Array, allowed: Array) -> Agreement:
    allowed = allowed + float(np.finfo(np.float32).tiny)  # below that, numbers of float32 lose their digits
    apart = np.abs(widen(derived) - expected)
    ratio = max_abs(apart / allowed)
    outside = ~(apart <= allowed)
    if not outside.any():
        size = max_abs(expected)
        return Agreement(True, (), 0.0, 0, max_abs(allowed) / size if size > 0.0 else np.inf, ratio)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart - allowed)), apart.shape))
    return Agreement(False, index, float(allowed[index]), int(outside.sum()), np.inf, ratio)
