"""An output that nobody uses gives no cotangent, and the gradients are those of the others."""

from __future__ import annotations

import numpy as np

from gradcheck._util import leaves
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.flaws import flaw
from gradcheck.checks.of_framework import compare_gradients, read_cotangents, torch_function
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent, read_output
from gradcheck.judging import Outcome
from gradcheck.layers import Run
from gradcheck.types import Verdict


@beyond_rounding
def undefined(trial: Trial) -> Outcome:
    """Leave out the cotangent of each output, and then of all."""
    function = torch_function(trial)
    run = trial.call("vjp", function.record, trial.arguments(), trial.settings())
    whole = Point.common(trial)
    bars = run.cotangents(fill_cotangent(run.y, whole.y_bar))
    used = [k for k, bar in enumerate(bars) if bar is not None]
    for k in used if len(used) > 1 else ():
        without = [None if i == k else bar for i, bar in enumerate(bars)]
        try:
            found = trial.call("pullback", run.gradients, without)
        except LayerRaised as raised:
            return flaw(f"{raised}, when output {k + 1} is not used and has no cotangent")
        zero = run.zero_cotangent(fill_cotangent(run.y, whole.y_bar), k)
        given = [bar for _, bar in leaves(zero) if bar is not None]  # what is detached has none
        y_bar = read_output(trial.layer.name, "cotangent", given).reshape(whole.y.shape).astype(whole.y.dtype)
        point = Point.with_cotangent(trial, whole.y, y_bar)
        when = f"when output {k + 1} of {len(bars)} is not used: its cotangent is no zero then, but None"
        finding = compare_gradients(point, read_cotangents(trial, found, trial.active), when)
        if finding is not None:
            return finding
    detached = " and ".join(run.detached)
    told = f"no derivative is asked of {detached}: detached, or marked so" if detached else ""
    return _leave_out_all(trial, run) or Outcome(Verdict.CORRECT, told)


def _leave_out_all(trial: Trial, run: Run) -> Outcome | None:
    """Ask for the gradients where what comes after the function has none for it."""
    try:
        bars = trial.call("pullback", run.gradients_of_nothing)
    except LayerRaised as raised:
        if not torch_function(trial).fixes_numbers:
            return None  # a hook inside of it, which sees a None only if something behind it returns one
        return flaw(f"{raised}, when it is given None for a cotangent, as another backward may return it")
    for argnum, bar in read_cotangents(trial, bars, trial.active).items():
        if np.any(bar):
            text = f"the cotangent of {trial.names[argnum]!r} is not zero, though that of the output is None"
            return Outcome(Verdict.WRONG, text)
    return None
