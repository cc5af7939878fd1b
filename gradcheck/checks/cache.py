"""Forward A, forward B, backward A gives A's gradient, or it is said that the layer keeps one cache."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.mirrored import NOWHERE, mirror
from gradcheck.evaluation import Point, Trial, fill_cotangent, pullback_rounding, read_output
from gradcheck.judging import Agreement, Outcome, compare_arrays
from gradcheck.layers import Module
from gradcheck.types import Array, Verdict

ONE_CACHE = "the layer keeps one cache: backward belongs to the latest forward"


@beyond_rounding
def cache(trial: Trial) -> Outcome:
    """Pull back at one point after forward has been at another."""
    point = Point.of(trial, trial.rng("cache"))
    other = mirror(trial)
    if other is None:
        return Outcome(Verdict.NOT_APPLICABLE, NOWHERE)
    y = other.forward()
    if y.shape != point.y.shape:
        return Outcome(Verdict.NOT_APPLICABLE, "forward's output has another shape at other values")
    between = Point.with_cotangent(other, y, point.y_bar)
    finding = _judge_cotangents(_interleave(point, other), point, between)
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


def _judge_cotangents(bars: tuple[Array | None, ...], point: Point, other: Point) -> Outcome | None:
    """Return WRONG where a cotangent is not that of a point."""
    trial = point.trial
    for argnum in trial.active:
        bar = bars[argnum]
        assert bar is not None
        comparison = _agree(bar, point, argnum)
        if not comparison.agree:
            whose = "the other's" if _agree(bar, other, argnum).agree else "neither's"
            text = f"after forward ran at another input, the cotangent of {trial.names[argnum]!r} is {whose}"
            located = partial(
                disagreement, trial.cotangent_name(argnum), bar, point.x_bar(argnum), comparison
            )
            return Outcome(Verdict.WRONG, text, locate=located)
    return None


def _agree(bar: Array, point: Point, argnum: int) -> Agreement:
    return compare_arrays(bar, point.x_bar(argnum), partial(pullback_rounding, point, argnum), point.unit)


def _interleave(point: Point, other: Trial) -> tuple[Array | None, ...]:
    """Return A's pullback, called after the VJP and another pullback ran at B."""
    _, pullback = point.trial.linearise()
    _, between = other.linearise()
    between(point.y_bar.copy())
    return pullback(point.y_bar.copy())


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
    second = read_output(trial.layer.name, "forward", again)
    returned = trial.call("backward", module.pull_back, obj, y, fill_cotangent(y, point.y_bar))
    return trial.cotangents(returned), np.array_equal(second, between.y)
