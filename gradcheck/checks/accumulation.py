"""How the gradients of repeated calls combine is what the layer declares: assigned, or added up."""

from __future__ import annotations

import numpy as np

from gradcheck.checks.mirrored import NOWHERE, mirror
from gradcheck.evaluation import Point, Trial, fill_cotangent, pullback_rounding, read_output
from gradcheck.judging import Outcome, compare_results, repeats
from gradcheck.layers import Layer, Module
from gradcheck.types import Array, Verdict


def has_parameters(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return "the layer is no object that could keep gradients" if layer.module is None else None


def accumulation(trial: Trial) -> Outcome:
    """Run forward and backward twice on one object, at different inputs, and compare gradients."""
    module = trial.layer.module
    assert module is not None
    point = Point.common(trial)
    if not trial.primals[trial.active[0]].size:
        return Outcome(Verdict.UNVERIFIED, "no entries")
    second = mirror(trial)
    if second is None:
        return Outcome(Verdict.NOT_APPLICABLE, NOWHERE)
    own = [i for i, leaf in enumerate(trial.inputs.leaves) if leaf.owner in module.parameters]
    then = Point.with_cotangent(second, second.output(), point.y_bar)
    bars, same_output = _twice(trial, second, module, then)
    if not same_output:
        text = "a second forward of one object is another than that of a new one"
        return Outcome(Verdict.NOT_APPLICABLE, text)
    told_apart = not own
    for argnum in trial.active:
        bar, last = bars[argnum], then.x_bar(argnum)
        assert bar is not None
        added = point.x_bar(argnum) + last
        size = float(np.max(np.abs(point.x_bar(argnum)), initial=0.0))
        is_declared_added = module.accumulates and argnum in own
        expected, other = (added, last) if is_declared_added else (last, added)
        if _agree(bar, expected, then, argnum, size, is_exact=True):
            if not _agree(bar, other, then, argnum, size, is_exact=True):
                told_apart = told_apart or argnum in own
            continue
        assigns, adds = (_agree(bar, value, then, argnum, size) for value in (last, added))
        if assigns and adds:
            continue  # the first gradient is too small to tell
        told_apart = told_apart or argnum in own
        if adds if is_declared_added else assigns:
            continue
        if argnum not in own:
            text = f"a second backward gives another cotangent of {trial.names[argnum]!r} than its own"
            return Outcome(Verdict.WRONG, text)
        return Outcome(Verdict.WRONG, _explain(trial.names[argnum], module, assigns=assigns, adds=adds))
    reason = "" if told_apart else "the gradients of the parameters are zero"
    return Outcome(Verdict.CORRECT if told_apart else Verdict.UNVERIFIED, reason)


def _twice(first: Trial, second: Trial, module: Module, then: Point) -> tuple[tuple[Array | None, ...], bool]:
    """Return the gradients after a second backward, and whether the second forward was as a new object's."""
    obj = first.call("factory", module.make, first.arguments(), first.settings())
    returned, last = None, np.empty(0)
    for trial in (first, second):
        y = trial.call("forward", module.run, obj, trial.arguments(), trial.settings())
        last = read_output(trial.layer.name, "forward", y)
        returned = trial.call("backward", module.pull_back, obj, y, fill_cotangent(y, then.y_bar))
    return first.cotangents(returned), repeats(first, last, then.y)


def _agree(
    bar: Array, expected: Array, point: Point, argnum: int, size: float, *, is_exact: bool = False
) -> bool:
    """Return whether a gradient is what is expected; if `is_exact`, as if nothing were rounded inside."""

    def scatter() -> Array:
        return np.zeros(bar.shape) if is_exact else pullback_rounding(point, argnum)

    return compare_results(point.trial, bar, expected, scatter, point.eps, size).agree


def _explain(name: str, module: Module, *, assigns: bool, adds: bool) -> str:
    if adds:
        hint = "declare accumulates=True, or assign"
        return f"a second backward adds its gradient of {name!r} to the first one's: {hint}"
    if assigns:
        return f"a second backward overwrites the gradient of {name!r}, though accumulates=True is declared"
    declared = "the sum of both gradients" if module.accumulates else "its own gradient"
    return f"after a second backward the gradient of {name!r} is not {declared}"
