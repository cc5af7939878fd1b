"""How the gradients of repeated calls combine is what the layer declares: assigned, or added up."""

from __future__ import annotations

import numpy as np

from gradcheck import outputs
from gradcheck.checks.mirrored import mirrored
from gradcheck.compare import agreement
from gradcheck.dialects.module import Module
from gradcheck.findings import Outcome
from gradcheck.layer import Layer
from gradcheck.numerical.point import Point
from gradcheck.numerical.scatter import pullback_rounding
from gradcheck.trial import Trial
from gradcheck.types import Array, Verdict


def has_parameters(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.module is None or not layer.module.parameters:
        return "the layer keeps no gradients of parameters"
    return None


def accumulation(trial: Trial) -> Outcome:
    """Run forward and backward twice on one object, at different inputs, and compare gradients."""
    module = trial.layer.module
    assert module is not None
    point = Point.of(trial, trial.rng("accumulation"))
    moved = mirrored(trial)
    own = [i for i, leaf in enumerate(trial.inputs.leaves) if leaf.owner in module.parameters]
    second = trial.at(tuple(trial.primals[i] if i in own else x for i, x in enumerate(moved.primals)))
    then = Point.pulled_back(second, second.forward(), point.y_bar)
    bars = _twice(trial, second, module, point.y_bar)
    told_apart = False
    for block in sorted(set(own).intersection(trial.active)):
        bar, last = bars[block], then.x_bar(block)
        assert bar is not None
        added = point.x_bar(block) + last
        size = float(np.max(np.abs(point.x_bar(block)), initial=0.0))
        assigns, adds = (_agree(bar, value, then, block, size) for value in (last, added))
        if assigns and adds:
            continue  # the first gradient is too small to tell
        told_apart = True
        if (adds if module.accumulates else assigns) and not (assigns and adds):
            continue
        return Outcome(Verdict.WRONG, _said(trial.names[block], module, assigns=assigns, adds=adds))
    reason = "" if told_apart else "the gradients of the parameters are zero"
    return Outcome(Verdict.CORRECT if told_apart else Verdict.UNVERIFIED, reason)


def _twice(first: Trial, second: Trial, module: Module, y_bar: Array) -> tuple[Array | None, ...]:
    options = first.settings()
    obj = module.made(first.arguments(), options)
    returned = None
    for trial in (first, second):
        y = trial.call("forward", module.run, obj, trial.arguments(), options)
        returned = trial.call("backward", module.pulled, obj, y, outputs.output_cotangent(y, y_bar))
    return first.cotangents(returned)


def _agree(bar: Array, expected: Array, point: Point, block: int, size: float) -> bool:
    def scatter() -> Array:
        return pullback_rounding(point, block)

    return agreement(bar, expected, scatter, point.unit, size).agree


def _said(name: str, module: Module, *, assigns: bool, adds: bool) -> str:
    if adds:
        hint = "declare accumulates=True, or assign"
        return f"a second backward adds its gradient of {name!r} to the first one's: {hint}"
    if assigns:
        return f"a second backward overwrites the gradient of {name!r}, though accumulates=True is declared"
    declared = "the sum of both gradients" if module.accumulates else "its own gradient"
    return f"after a second backward the gradient of {name!r} is not {declared}"
