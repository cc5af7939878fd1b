"""The compiled function and the plain one compute the same, and so do their gradients."""

from __future__ import annotations

from functools import partial

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.of_framework import compare_gradients
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent, forward_scatter, read_output, split_vjp
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.types import Verdict


@beyond_rounding
def compiled(trial: Trial) -> Outcome:
    """Run what the layer runs plainly as it is compiled, and what it runs compiled plainly."""
    framework = trial.layer.framework
    assert framework is not None
    point = Point.of(trial, trial.rng("compiled"))
    when = "when it is compiled" if framework.title == "PyTorch" else "when it is not compiled"
    try:
        returned = trial.call("vjp", framework.other_vjp, trial.arguments(), trial.settings())
        value, pullback = split_vjp(trial.layer.name, "vjp", returned)
        y = read_output(trial.layer.name, "vjp", value)
        bars = trial.cotangents(trial.call("pullback", pullback, fill_cotangent(value, point.y_bar)))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, {when}")
    comparison = compare_arrays(y, point.y, partial(forward_scatter, trial, point.y), point.unit)
    if not comparison.agree:
        located = partial(disagreement, "y", y, point.y, comparison)
        return Outcome(Verdict.WRONG, f"y is another one {when}", locate=located)
    found = {i: bar for i, bar in enumerate(bars) if i in trial.active and bar is not None}
    return compare_gradients(point, found, when) or Outcome(Verdict.CORRECT)
