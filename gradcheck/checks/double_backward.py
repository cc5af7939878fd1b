"""The gradient of the gradient, against differences of the pullback.

A penalty on a gradient, a Hessian and an implicit layer differentiate the backward pass itself. One that
keeps intermediate results, or leaves the framework, is silently wrong there.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from gradcheck._util import draw_signed, leaves, map_leaves
from gradcheck.checks.finite_difference import finite_difference
from gradcheck.checks.of_framework import NOT_ASKED, is_asked
from gradcheck.errors import CannotVerify, LayerRaised, NotFinite
from gradcheck.evaluation import Point, Trial, fill_cotangent, split_vjp
from gradcheck.judging import Outcome
from gradcheck.layers import ANY_SHAPE, Layer
from gradcheck.types import Verdict

ONE_IN = 4
"""It is asked at one example of so many, since it costs as much as all other checks together. Twice as many
make it half as dear; a formula that is wrong is so at nearly every example."""
REFUSALS = ("once_differentiable", "does not require grad", "not implemented", "leaves no record")
"""What is said where a second derivative is refused, which misleads nobody."""


def double_backward(trial: Trial) -> Outcome:
    """Judge the derivative of the pullback in the inputs and in the cotangent."""
    layer = trial.layer
    assert layer.framework is not None
    if not is_asked(trial, ONE_IN):
        return Outcome(Verdict.NOT_APPLICABLE, NOT_ASKED)
    try:
        return _judge(trial, layer)
    except NotFinite as stop:  # where a derivative overflows there is no other one to hold against it
        return Outcome(Verdict.NOT_APPLICABLE, str(stop))


def _judge(trial: Trial, layer: Layer) -> Outcome:
    assert layer.framework is not None
    y = trial.output()
    raw, _ = split_vjp(
        layer.name, "vjp", trial.call("vjp", layer.vjp, *trial.arguments(), **trial.settings())
    )
    y_bar = fill_cotangent(raw, draw_signed(y.shape, trial.rng("double-backward")).astype(y.dtype))
    cotangents = [bar for _, bar in leaves(y_bar) if bar is not None]
    given = (*trial.arguments(), cotangents)
    backward = Trial.of(derivative_of(trial, y_bar), given, trial.options, trial.seed, trial.calls)
    # The derivative's trial is none of the caller's, but its calls are as few.
    with layer.framework.at_point() if trial.is_user_point else nullcontext():
        try:
            Point.common(backward)  # what it calls is known to the measurement that follows
        except (CannotVerify, LayerRaised) as stop:
            return _refused(layer, str(stop))
        found = finite_difference(backward)
    if found.verdict is Verdict.UNVERIFIED:
        return Outcome(Verdict.NOT_APPLICABLE, found.reason)
    if found.verdict is not Verdict.WRONG:
        return Outcome(found.verdict)
    if layer.framework.second_order:
        return replace(found, reason=f"the gradient of the gradient is wrong {found.reason}", argnum=None)
    text = "its gradient, differentiated again, gives a wrong second derivative, and nobody is told"
    # One such example is enough for a note, and each is searched for what else may explain it.
    return Outcome(Verdict.CORRECT, f"{text}; second_order=True makes that a failure", is_enough=True)


def derivative_of(trial: Trial, y_bar: Any) -> Layer:
    """Return the pullback as a layer: (primals, the leaves of ȳ) ↦ the cotangents that are no constants'."""
    layer = trial.layer
    assert layer.framework is not None
    framework = layer.framework

    def fill(cotangents: Any) -> Any:
        upcoming = iter(cotangents)
        return map_leaves(y_bar, lambda bar: None if bar is None else next(upcoming))

    def forward(*given: Any, **options: Any) -> Any:
        *primals, cotangents = given
        bars = trial.raw_cotangents(layer.vjp(*primals, **options)[1](fill(cotangents)))
        return [bar for i, bar in enumerate(bars) if i in trial.active]

    def vjp(*given: Any, **options: Any) -> Any:
        *primals, cotangents = given
        value, pullback = framework.derivative_vjp(tuple(primals), fill(cotangents), options)

        def pull_back(weights: Any) -> Any:
            *bars, back = pullback(weights)
            return *bars, [bar for _, bar in leaves(back) if bar is not None]

        return value, pull_back

    count = sum(bar is not None for _, bar in leaves(y_bar))
    shapes = None
    if layer.shapes is not None:
        shapes = {**layer.shapes, "y_bar": [ANY_SHAPE] * count}
    return Layer(
        forward,
        vjp,
        name=f"the gradient of {layer.name}",
        shapes=shapes,
        constants=layer.constants,
        domain=layer.domain,
        framework=framework.with_names((*trial.inputs.owners, "y_bar")),
    )


def _refused(layer: Layer, text: str) -> Outcome:
    assert layer.framework is not None
    if not any(words in text for words in REFUSALS):
        return Outcome(Verdict.NOT_APPLICABLE, text)
    if layer.framework.second_order:
        return Outcome(Verdict.WRONG, f"second_order=True, but its gradient can't be differentiated: {text}")
    return Outcome(Verdict.NOT_APPLICABLE, "it refuses to be differentiated twice")
