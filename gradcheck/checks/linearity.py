"""The pullback is linear in its cotangent: homogeneous over sixteen decades, additive, zero to zero."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from gradcheck._util import largest, signed, wide
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.errors import CannotVerify
from gradcheck.evaluation import NormalPullback, Point, Trial, pullback_rounding
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.types import Array, Verdict

FACTORS = (-1.0, 2.0**27, 2.0**-27, -(2.0**10))
"""Powers of two scale without rounding; 2²⁷ is 1.3e8."""


@beyond_rounding
def linearity(trial: Trial) -> Outcome:
    """Compare pullbacks of scaled and of added cotangents with scaled and added pullbacks."""
    rng = trial.rng("linearity")
    point = Point.of(trial, rng)
    _, pullback = trial.linearise()
    other = signed(point.y.shape, rng).astype(point.y.dtype)
    zero = pullback(np.zeros_like(point.y_bar))
    for block in trial.active:
        finding = _zero(trial, block, zero[block]) or _block(point, pullback, block, other)
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)


def _zero(trial: Trial, block: int, bar: Array | None) -> Outcome | None:
    if bar is None or not np.any(bar):
        return None
    said = f"the pullback is not linear: a zero cotangent gives a nonzero {trial.bar(block)}"
    return Outcome(Verdict.WRONG, said)


def _block(point: Point, pullback: NormalPullback, block: int, other: Array) -> Outcome | None:
    scatter = cache(partial(pullback_rounding, point, block))
    x_bar = point.x_bar(block)
    dtype = point.trial.primals[block].dtype
    for factor in FACTORS:
        expected = (factor * x_bar).astype(dtype)
        if not np.all(np.isfinite(expected)):
            continue  # the right answer itself overflows
        scaled = _pulled(point, pullback, block, (factor * point.y_bar).astype(point.y_bar.dtype))
        said = f"scaling the cotangent by {factor:g} does not scale {{}} by it"
        finding = _compared(point, block, scaled, expected, partial(_scaled, scatter, abs(factor)), said)
        if finding is not None:
            return finding
    summed = _pulled(point, pullback, block, point.y_bar + other)
    other_bar = wide(_pulled(point, pullback, block, other))
    expected = x_bar + other_bar
    if not np.all(np.isfinite(expected)):
        return None  # the right answer itself overflows
    # Where the two cancel, what is left carries the rounding of what was there.
    terms = max(largest(x_bar), largest(other_bar))
    said = "the sum of two cotangents does not give the sum of their {}"
    return _compared(point, block, summed, expected, scatter, said, terms)


def _pulled(point: Point, pullback: NormalPullback, block: int, y_bar: Array) -> Array:
    bar = pullback(y_bar.copy())[block]
    assert bar is not None
    if not np.all(np.isfinite(bar)) and not np.all(np.isfinite(point.y)):
        message = "neither forward nor the cotangent is finite"
        raise CannotVerify(message)
    return bar


def _scaled(scatter: Callable[[], Array], factor: float) -> Array:
    return factor * scatter()


def _compared(
    point: Point,
    block: int,
    derived: Array,
    expected: Array,
    scatter: Callable[[], Array],
    said: str,
    terms: float = 0.0,
) -> Outcome | None:
    compared = compare_arrays(derived, expected, scatter, point.unit, terms)
    if compared.agree:
        return None
    name = point.trial.bar(block)
    reason = f"the pullback is not linear: {said.format(name)}"
    return Outcome(Verdict.WRONG, reason, locate=partial(disagreement, name, derived, expected, compared))
