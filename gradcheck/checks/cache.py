"""Forward A, forward B, backward A gives A's gradient, or it is said that the layer keeps one cache."""

from __future__ import annotations

from functools import partial

from gradcheck import outputs
from gradcheck.checks.entries import disagreement
from gradcheck.checks.mirrored import mirrored
from gradcheck.checks.precision import beyond_rounding
from gradcheck.compare import Agreement, agreement
from gradcheck.findings import Outcome
from gradcheck.numerical.point import Point
from gradcheck.numerical.scatter import pullback_rounding
from gradcheck.trial import Trial
from gradcheck.types import Array, Verdict

ONE_CACHE = "the layer keeps one cache: backward belongs to the latest forward"


@beyond_rounding
def cache(trial: Trial) -> Outcome:
    """Pull back at one point after forward has been at another."""
    point = Point.of(trial, trial.rng("cache"))
    other = mirrored(trial)
    between = Point.pulled_back(other, other.forward(), point.y_bar)
    bars = _interleaved_object(point, other) if trial.layer.module else _interleaved(point, other)
    one_cache = False
    for block in trial.active:
        bar = bars[block]
        assert bar is not None
        compared = _agree(bar, point, block)
        if compared.agree:
            continue
        belongs_to_other = _agree(bar, between, block).agree
        if belongs_to_other and trial.layer.module:
            one_cache = True
            continue
        whose = "the other's" if belongs_to_other else "neither's"
        said = f"after forward ran at another input, the cotangent of {trial.names[block]!r} is {whose}"
        located = partial(disagreement, trial.bar(block), bar, point.x_bar(block), compared)
        return Outcome(Verdict.WRONG, said, locate=located)
    return Outcome(Verdict.CORRECT, ONE_CACHE if one_cache else "")


def _agree(bar: Array, point: Point, block: int) -> Agreement:
    return agreement(bar, point.x_bar(block), partial(pullback_rounding, point, block), point.unit)


def _interleaved(point: Point, other: Trial) -> tuple[Array | None, ...]:
    """Return A's pullback, called after the VJP and another pullback ran at B."""
    _, pullback = point.trial.linearise()
    _, between = other.linearise()
    between(point.y_bar.copy())
    return pullback(point.y_bar.copy())


def _interleaved_object(point: Point, other: Trial) -> tuple[Array | None, ...]:
    """Return the gradient that one object gives for A's cotangent after forward A and forward B.

    B differs from A in the inputs only: the parameters are the object's.
    """
    trial = point.trial
    module = trial.layer.module
    assert module is not None
    first, second = trial.arguments(), other.arguments()
    count = len(first) - len(module.parameters)
    options = trial.settings()
    obj = module.made(first, options)
    y = trial.call("forward", module.run, obj, first, options)
    trial.call("forward", module.run, obj, (*second[:count], *first[count:]), options)
    returned = trial.call("backward", module.pulled, obj, y, outputs.output_cotangent(y, point.y_bar))
    return trial.cotangents(returned)
