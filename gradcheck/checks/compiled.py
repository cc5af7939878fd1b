"""The compiled function and the plain one compute the same, and so do their gradients."""

from __future__ import annotations

from functools import partial
from typing import Any

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.of_framework import at_few_examples, compare_gradients
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, forward_scatter
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.types import Array, Pullback, Verdict


@at_few_examples
@beyond_rounding
def compiled(trial: Trial) -> Outcome:
    """Run the function plainly and as it is compiled, and compare both with what the layer does."""
    framework = trial.layer.framework
    assert framework is not None
    point = Point.of(trial, trial.rng("compiled"))
    try:
        pairs = trial.call("vjp", framework.compare_vjps, trial.arguments(), trial.settings())
        results = [_pull_back(trial, value, pullback, point.y_bar) for value, pullback in pairs]
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, plainly or when it is compiled")
    for (y, bars), when in zip(results, ("when it is not compiled", "when it is compiled"), strict=True):
        comparison = compare_arrays(y, point.y, partial(forward_scatter, trial, point.y), point.unit)
        if not comparison.agree:
            located = partial(disagreement, "y", y, point.y, comparison)
            return Outcome(Verdict.WRONG, f"y is another one {when}", locate=located)
        found = {i: bar for i, bar in enumerate(bars) if i in trial.active and bar is not None}
        finding = compare_gradients(point, found, when)
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)


def _pull_back(
    trial: Trial, value: Any, pullback: Pullback, y_bar: Array
) -> tuple[Array, tuple[Array | None, ...]]:
    bars = trial.cotangents(trial.call("pullback", pullback, trial.fill(value, y_bar)))
    return trial.read("vjp", value), bars
