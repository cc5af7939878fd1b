"""The pullback is linear in its cotangent: homogeneous over sixteen decades, additive, zero to zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import add_to, draw_signed, is_finite, max_abs, only, slices, widen
from gradcheck.checks.bits import same
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement, keep_what_differs
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation import NormalPullback, Point, Trial, pullback_rounding
from gradcheck.judging import Outcome, compare_results, relative_difference
from gradcheck.types import Array, Rng, Verdict

COTANGENT_FACTORS = (-1.0, 2.0**27, 2.0**-27)
"""Powers of two scale without rounding; 2²⁷ is 1.3e8."""
LOST_DIGITS = 1e-5
"""A pullback whose sides differ by no larger part of their largest entry is linear, and loses digits to its
cotangent. That of `torch.matrix_exp`, in which the cotangent stands beside the matrix, does, and what fused
kernels of PyTorch round inside shows in no jitter. Half and twice of it are as far from any mistake: a term
that is not linear stands out where the cotangent is 2²⁷ times as large or small. How near the gradient is to
the slope, finite differences tell."""
LOST_MOST = 0.1
"""So much may be lost where the cotangent is 2²⁷ times as large, if one 64 times as large loses next to
nothing: where entries are millions, `torch.matrix_exp` lost 3 %. Half of it is close to that; what is clipped
or squared is off by far more than twice of it."""
HALF_FACTORS = (-1.0, 2.0**5)
"""Of cotangents that are numbers of float16, whose range has nine decades. Half of the power would see less;
with twice of it, cotangents above 64 overflow."""
SPARSE = 0.7
"""The part of a sparse cotangent that is zero."""
Scatters: TypeAlias = Mapping[int, Callable[[], Array]]
"""How far rounding moves each cotangent, measured where it is asked for."""


@beyond_rounding
def linearity(trial: Trial) -> Outcome:
    """Compare pullbacks of scaled and of added cotangents with scaled and added pullbacks."""
    point = Point.common(trial)
    try:
        finding = _judge(point, trial.linearise()[1])
        is_once_only = finding is not None and not _is_repeatable(point)
    except LayerRaised:
        is_once_only = not _is_repeatable(point)
        if not is_once_only:
            raise
    if is_once_only:
        # One that uses up what it kept is linear still; that it can't be called again is told elsewhere.
        finding = _judge(point, lambda y_bar, *, copy=True: trial.linearise()[1](y_bar, copy=copy))
    return finding or Outcome(Verdict.CORRECT)


def _is_repeatable(point: Point) -> bool:
    """Return whether a pullback, called again with the same cotangent, returns the same bits."""
    _, pullback = point.trial.linearise()
    first = pullback(point.y_bar.copy())
    try:
        return same(pullback(point.y_bar.copy()), first)
    except LayerRaised:
        return False


def _judge(point: Point, pullback: NormalPullback) -> Outcome | None:
    trial, rng = point.trial, point.trial.rng("linearity")
    scatters = {i: cache(partial(pullback_rounding, point, i)) for i in trial.active}
    zero = pullback(np.zeros_like(point.y_bar), copy=False)
    findings = (_judge_zero(trial, argnum, zero[argnum]) for argnum in trial.active)
    finding = next((found for found in findings if found is not None), None)
    finding = finding or _judge_scaled(point, pullback, scatters)
    return finding or _judge_additivity(point, pullback, rng, scatters)


def _judge_additivity(point: Point, pullback: NormalPullback, rng: Rng, scatters: Scatters) -> Outcome | None:
    """Compare the sum of many cotangents' pullbacks with the pullback of their sum.

    Where that does not do, each is asked for by itself, with what it lacks.
    """
    y_bar = point.y_bar
    other = draw_signed(y_bar.shape, rng).astype(y_bar.dtype)
    parts = list(_split(point.trial, y_bar, rng))
    if _add_up(point, pullback, [part for _, part in parts] if y_bar.size > 1 else [other], scatters):
        return None
    finding = _judge_sum(point, pullback, other, scatters)
    for text, part in parts:
        finding = finding or _judge_part(point, pullback, part, text, scatters)
    return finding


def _add_up(point: Point, pullback: NormalPullback, parts: list[Array], scatters: Scatters) -> bool:
    """Return whether the pullbacks of some cotangents, and of what they lack, add up to the point's."""
    active = point.trial.active
    rest = np.asarray(point.y_bar - np.sum(parts, axis=0), dtype=point.y_bar.dtype)
    totals = {i: np.zeros_like(point.x_bar(i)) for i in active}
    terms = dict.fromkeys(active, 0.0)
    for part in (*parts, rest):
        bars = pullback(part, copy=False)
        for argnum in active:
            bar = bars[argnum]
            assert bar is not None
            terms[argnum] = max(terms[argnum], add_to(totals[argnum], bar))
    return all(
        terms[i] < np.inf
        and compare_results(point.trial, totals[i], point.bar(i), scatters[i], point.eps, terms[i]).agree
        for i in active
    )


def _split(trial: Trial, y_bar: Array, rng: Rng) -> Iterator[tuple[str, Array]]:
    """Yield cotangents that are part of one, each with a sentence about it.

    Sparse ones, those of one sign, those of one output alone: what a training step sends, and what a
    dense cotangent of both signs never is. Each is one that a pullback may tell from others.
    """
    if y_bar.size > 1:
        yield "of one entry", only(y_bar, int(rng.integers(y_bar.size))).astype(y_bar.dtype)
        yield "that is mostly zeros", np.where(rng.random(y_bar.shape) < SPARSE, 0, y_bar).astype(y_bar.dtype)
        rows = np.zeros_like(y_bar)
        rows[: max(1, len(y_bar) // 2)] = y_bar[: max(1, len(y_bar) // 2)]
        yield "with zeros at its end", rows
        yield "that is constant", np.full_like(y_bar, 1.5)
    yield "without a negative entry", np.abs(y_bar)
    ends = trial.outputs_apart() if y_bar.ndim == 1 else []
    for start, stop in ends if len(ends) > 1 else ():
        yield "of one output alone", only(y_bar, np.arange(start, stop)).astype(y_bar.dtype)


def _judge_part(
    point: Point, pullback: NormalPullback, part: Array, text: str, scatters: Scatters
) -> Outcome | None:
    """Return WRONG where the cotangents of two parts do not add up to that of their sum."""
    bars = [pullback(np.array(each)) for each in (part, point.y_bar - part)]
    for argnum in point.trial.active:
        one, other = (bar[argnum] for bar in bars)
        assert one is not None
        assert other is not None
        summed, x_bar = widen(one) + widen(other), point.x_bar(argnum)
        if not np.all(np.isfinite(summed)):
            continue
        said = f"a cotangent {text} does not give its part of {{}}"
        terms = max(max_abs(one), max_abs(other))
        scatter = partial(_scatter_of_parts, point, argnum, [part, point.y_bar - part], scatters[argnum])
        finding = _judge_agreement(point, argnum, summed, x_bar, scatter, said, terms)
        if finding is not None:
            return finding
    return None


def _judge_zero(trial: Trial, argnum: int, bar: Array | None) -> Outcome | None:
    if bar is None or not np.any(bar):
        return None
    text = f"the pullback is not linear: a zero cotangent gives a nonzero {trial.cotangent_name(argnum)}"
    return Outcome(Verdict.WRONG, text)


def _judge_scaled(point: Point, pullback: NormalPullback, scatters: Scatters) -> Outcome | None:
    """Compare pullbacks of scaled cotangents, each called once for all inputs."""
    active = point.trial.active
    are_half = {i: _is_half(point.bar(i)) for i in active}
    factors = {i: HALF_FACTORS if are_half[i] else COTANGENT_FACTORS for i in active}
    sizes = {i: max_abs(point.bar(i)) for i in active}
    most = {i: float(np.finfo(np.float16 if are_half[i] else _dtype(point, i)).max) for i in active}
    for factor in dict.fromkeys(factor for each in factors.values() for factor in each):
        argnums = [i for i in active if factor in factors[i] and abs(factor) * sizes[i] <= most[i]]
        if not argnums:
            continue  # the right answers themselves overflow
        bars = pullback(np.array(factor * point.y_bar, dtype=point.y_bar.dtype), copy=False)
        kept = keep_what_differs(point, bars, argnums, factor)
        if kept is None:
            continue
        text = f"scaling the cotangent by {factor:g} does not scale {{}} by it"
        for argnum in argnums:
            scatter = partial(_scale_scatter, scatters[argnum], abs(factor))
            scaled = _finite(point, kept[argnum])
            finding = _judge_agreement(point, argnum, scaled, point.bar(argnum), scatter, text, factor=factor)
            if finding is not None and not _loses_digits(point, pullback, argnum, scaled, factor):
                return finding
    return None


def _loses_digits(point: Point, pullback: NormalPullback, argnum: int, scaled: Array, factor: float) -> bool:
    """Return whether a scaled cotangent only loses digits: few, and next to none where it is scaled less."""
    x_bar = point.x_bar(argnum)
    if abs(factor) == 1.0 or not relative_difference(scaled, factor * x_bar) <= LOST_MOST:
        return False
    less = 2.0 ** int(np.log2(abs(factor)) / 4.0)
    bar = pullback(np.array(less * point.y_bar, dtype=point.y_bar.dtype))[argnum]
    return relative_difference(_finite(point, bar), less * x_bar) <= LOST_DIGITS


def _judge_sum(point: Point, pullback: NormalPullback, other: Array, scatters: Scatters) -> Outcome | None:
    """Compare the pullback of a sum of cotangents with the sum of theirs."""
    # A sum of arrays without axes is a number.
    summed, others = pullback(np.array(point.y_bar + other)), pullback(other.copy())
    for argnum in point.trial.active:
        x_bar, other_bar = point.x_bar(argnum), widen(_finite(point, others[argnum]))
        derived, expected = _finite(point, summed[argnum]), x_bar + other_bar
        if not np.all(np.isfinite(expected)):
            continue  # the right answer itself overflows
        # Where the two cancel, what is left carries the rounding of what was there.
        terms = max(max_abs(x_bar), max_abs(other_bar))
        text = "the sum of two cotangents does not give the sum of their {}"
        scatter = partial(_scatter_of_parts, point, argnum, [point.y_bar, other], scatters[argnum])
        finding = _judge_agreement(point, argnum, derived, expected, scatter, text, terms)
        if finding is not None:
            return finding
    return None


def _is_half(x_bar: Array) -> bool:
    """Return whether all entries are numbers of float16, as those of random cotangents are not by chance."""
    flat = x_bar.reshape(-1)
    return all(np.array_equal(flat[s], flat[s].astype(np.float16)) for s in slices(flat.size))


def _dtype(point: Point, argnum: int) -> Any:
    return point.trial.primals[argnum].dtype


def _finite(point: Point, bar: Array | None) -> Array:
    assert bar is not None
    if not is_finite(bar) and not np.all(np.isfinite(point.y)):
        message = "neither forward nor the cotangent is finite"
        raise CannotVerify(message)
    return bar


def _scatter_of_parts(point: Point, argnum: int, y_bars: list[Array], scatter: Callable[[], Array]) -> Array:
    """Return how far rounding moves a cotangent that is made of parts.

    Its terms may cancel in the point's own cotangent alone, so a dense one of the size of the parts is asked,
    which no pullback tells from others.
    """
    size = max(max_abs(y_bar) for y_bar in y_bars)
    dense = size * draw_signed(point.y_bar.shape, point.trial.rng("scatter of parts"))
    generic = Point.with_cotangent(point.trial, point.y, dense.astype(point.y_bar.dtype))
    return np.asarray(scatter() + pullback_rounding(generic, argnum))


def _scale_scatter(scatter: Callable[[], Array], factor: float) -> Array:
    return factor * scatter()


def _judge_agreement(
    point: Point,
    argnum: int,
    derived: Array,
    expected: Array,
    scatter: Callable[[], Array],
    text: str,
    terms: float = 0.0,
    factor: float = 1.0,
) -> Outcome | None:
    comparison = compare_results(point.trial, derived, expected, scatter, point.eps, terms, factor)
    if comparison.agree or relative_difference(derived, factor * widen(expected), terms) <= LOST_DIGITS:
        return None
    name = point.trial.cotangent_name(argnum)
    reason = f"the pullback is not linear: {text.format(name)}"
    return Outcome(
        Verdict.WRONG, reason, locate=partial(disagreement, name, derived, factor * expected, comparison)
    )
