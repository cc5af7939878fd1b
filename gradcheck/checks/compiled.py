"""The compiled function and the plain one compute the same, and so do their gradients."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.of_framework import compare_gradients
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent, forward_scatter, read_output
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.types import Array, Pullback, Verdict


@beyond_rounding
def compiled(trial: Trial) -> Outcome:
    """Run the function plainly and as it is compiled."""
    framework = trial.layer.framework
    assert framework is not None
    drawn = Point.of(trial, trial.rng("compiled"))
    when = "when it is compiled"
    try:
        pairs = trial.call("vjp", framework.compare_vjps, trial.arguments(), trial.settings())
        (y, bars), (y_compiled, bars_compiled) = (
            _pull_back(trial, value, pullback, drawn.y_bar) for value, pullback in pairs
        )
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, {when}")
    point = replace(drawn, y=y, x_bars=bars)
    comparison = compare_arrays(y_compiled, y, partial(forward_scatter, trial, y), point.unit)
    if not comparison.agree:
        located = partial(disagreement, "y", y_compiled, y, comparison)
        return Outcome(Verdict.WRONG, f"y is another one {when}", locate=located)
    found = {i: bar for i, bar in enumerate(bars_compiled) if i in trial.active and bar is not None}
    return compare_gradients(point, found, when) or Outcome(Verdict.CORRECT)


def _pull_back(
    trial: Trial, value: Any, pullback: Pullback, y_bar: Array
) -> tuple[Array, tuple[Array | None, ...]]:
    bars = trial.cotangents(trial.call("pullback", pullback, fill_cotangent(value, y_bar)))
    return read_output(trial.layer.name, "vjp", value), bars
