"""Forward and every cotangent equal an independent implementation's."""

from __future__ import annotations

from functools import partial

from gradcheck.checks.confirmation import beside_too, beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import (
    Point,
    Trial,
    fill_cotangent,
    forward_scatter,
    pullback_rounding,
    read_cotangent,
    split_vjp,
)
from gradcheck.judging import WEAK, Outcome, compare_results
from gradcheck.layers import Layer
from gradcheck.types import Array, Verdict


def has_oracle(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.oracle is not None else "the layer declares no oracle"


@beside_too
@beyond_rounding
def oracle(trial: Trial) -> Outcome:
    """Compare output and cotangents with the oracle's, entry by entry."""
    point = Point.common(trial)
    y, bars = _independent(trial, point)
    comparison = compare_results(trial, point.y, y, partial(forward_scatter, trial, point.y), point.eps)
    if not comparison.agree:
        located = partial(disagreement, "y", point.y, y, comparison, "oracle")
        text = "forward disagrees with the oracle"
        return Outcome(Verdict.WRONG, text, locate=located, ratio=comparison.ratio)
    ratio = comparison.ratio
    sensitivities: dict[str, float] = {}
    for argnum in trial.active:
        reference = bars[argnum] if bars is not None else None
        if reference is None:
            continue
        derived = point.x_bar(argnum)
        comparison = compare_results(
            trial, derived, reference, partial(pullback_rounding, point, argnum), point.eps
        )
        if not comparison.agree:
            reason = trial.describe_place(argnum)
            located = partial(
                disagreement, trial.cotangent_name(argnum), derived, reference, comparison, "oracle"
            )
            return Outcome(Verdict.WRONG, reason, locate=located, ratio=comparison.ratio, argnum=argnum)
        ratio = max(ratio, comparison.ratio)
        if comparison.sensitivity <= WEAK:
            sensitivities[trial.names[argnum]] = comparison.sensitivity
    return Outcome(Verdict.CORRECT, sensitivities=sensitivities, ratio=ratio)


def _independent(trial: Trial, point: Point) -> tuple[Array, tuple[Array | None, ...] | None]:
    """Return the oracle's output and cotangents, in the layer's own form.

    Raises
    ------
    CannotVerify
        If the oracle itself raises, or returns another form than the layer: its fault, not the layer's.
    """
    layer = trial.layer
    assert layer.oracle is not None
    try:
        returned = trial.call("oracle", layer.oracle, *trial.arguments(), **trial.settings())
        if isinstance(returned, tuple) and len(returned) == 2 and returned[1] is None:
            y, pullback = returned
        else:
            y, pullback = split_vjp(layer.name, "oracle", returned)
        value, y = y, trial.read("oracle", y)
        if y.shape != point.y.shape:
            message = f"the oracle of {layer.name!r} returned the shape {y.shape}, forward {point.y.shape}"
            raise CannotVerify(message)
        if pullback is None:
            return y, None
        raw = trial.call("the oracle's pullback", pullback, fill_cotangent(value, point.y_bar))
        bars = trial.raw_cotangents(raw, "oracle's pullback")
        return y, tuple(
            read_cotangent(layer.name, trial.names[i], trial.primals[i], trial.inputs.leaves[i].slot, bar)
            if i in trial.active and bar is not None
            else None
            for i, bar in enumerate(bars)
        )
    except (BrokenContract, LayerRaised) as fault:
        message = f"the oracle can't be used: {fault}"
        raise CannotVerify(message) from fault
