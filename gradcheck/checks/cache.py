"""Forward A, forward B, backward A gives A's gradient, or it is said that the layer keeps one cache."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.mirrored import NOWHERE, mirror
from gradcheck.evaluation import Point, Trial, pullback_rounding
from gradcheck.judging import Agreement, Outcome, compare_results, judge, judge_jointly, repeats
from gradcheck.layers import Module
from gradcheck.types import Array, Verdict

ONE_CACHE = "the layer keeps one cache: backward belongs to the latest forward"


@beyond_rounding
def cache(trial: Trial) -> Outcome:
    """Pull back at one point after forward has been at another."""
    point = Point.common(trial)
    _, pullback = trial.linearise()
    other = mirror(trial)
    if other is None:
        return Outcome(Verdict.NOT_APPLICABLE, NOWHERE)
    y = other.output()
    if y.shape != point.y.shape:
        return Outcome(Verdict.NOT_APPLICABLE, "forward's output has another shape at other values")
    between = Point.with_cotangent(other, y, point.y_bar)
    # Since the pullback was made, forward, VJP and another pullback ran at the other point.
    finding = _judge_cotangents(pullback(point.y_bar.copy()), point, between) or _kept_forever(point, between)
    if finding is not None or trial.layer.module is None:
        return finding or Outcome(Verdict.CORRECT)
    module = trial.layer.module
    bars, same_output = _one_object(module, point, other, between)
    if not same_output:
        return Outcome(Verdict.CORRECT, "a second forward of one object is another than that of a new one")
    finding = _judge_cotangents(bars, point, between)
    if finding is not None and _judge_cotangents(bars, between, point) is None:
        return Outcome(Verdict.CORRECT, ONE_CACHE)
    return finding or Outcome(Verdict.CORRECT)


def _kept_forever(point: Point, between: Point) -> Outcome | None:
    """Return WRONG if the gradient stays that of the point where the function's slopes are others.

    Asked at a caller's own point, where all else is asked: its values in another order are inputs of the same
    range. Random examples show a mask that is kept by themselves.
    """
    trial = point.trial
    if not trial.is_user_point or not _are_equal(point, between):
        return None
    rolled = (np.roll(x, 1) if i in trial.active else x for i, x in enumerate(trial.primals))
    other = trial.at(tuple(rolled))
    if all(np.array_equal(other.primals[i], trial.primals[i]) for i in trial.active):
        return None  # single numbers, or equal ones, have no other order
    y = other.finite_output()
    if y is None or y.shape != point.y.shape:
        return None
    there = Point.with_cotangent(other, y, point.y_bar)
    if not _are_equal(point, there):
        return None
    rng = trial.rng("kept")
    passed = judge_jointly(there, rng)
    for argnum in trial.active:
        is_open = trial.primals[argnum].size and argnum not in passed
        judged = is_open and judge(there, argnum, rng).verdict is Verdict.WRONG
        if judged:
            name = trial.names[argnum]
            text = (
                f"at other values, where the slopes are others, the cotangent of {name!r} is still the same"
            )
            return Outcome(Verdict.WRONG, f"{text}: what the first call kept is used for ever")
    return None


def _are_equal(one: Point, other: Point) -> bool:
    """Return whether all cotangents are the same at two points."""
    return all(np.array_equal(one.x_bar(i), other.x_bar(i)) for i in one.trial.active)


def _judge_cotangents(bars: tuple[Array | None, ...], point: Point, other: Point) -> Outcome | None:
    """Return WRONG where a cotangent is not that of a point."""
    trial = point.trial
    for argnum in trial.active:
        bar = bars[argnum]
        assert bar is not None
        comparison = _agree(bar, point, argnum)
        if not comparison.agree:
            whose = "the other's" if _agree(bar, other, argnum).agree else "neither's"
            text = (
                f"after forward and backward ran at another input, the cotangent of {trial.names[argnum]!r} "
                f"is {whose}: what both calls share, a cache or a buffer, was written over"
            )
            located = partial(
                disagreement, trial.cotangent_name(argnum), bar, point.x_bar(argnum), comparison
            )
            return Outcome(Verdict.WRONG, text, locate=located)
    return None


def _agree(bar: Array, point: Point, argnum: int) -> Agreement:
    return compare_results(
        point.trial, bar, point.x_bar(argnum), partial(pullback_rounding, point, argnum), point.eps
    )


def _one_object(
    module: Module, point: Point, other: Trial, between: Point
) -> tuple[tuple[Array | None, ...], bool]:
    """Return the gradient that one object gives after forward at both, and whether it keeps nothing else.

    Its second forward is that of a new object, unless it draws from a generator or has a state.
    """
    trial = point.trial
    obj = module.make(trial.arguments(), trial.settings())
    y = trial.call("forward", module.run, obj, trial.arguments(), trial.settings())
    again = other.call("forward", module.run, obj, other.arguments(), other.settings())
    second = trial.read("forward", again)
    returned = trial.call("backward", module.pull_back, obj, y, trial.fill(y, point.y_bar))
    return trial.cotangents(returned), repeats(trial, second, between.y)
