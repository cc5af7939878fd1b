"""The same input gives the same bits."""

from __future__ import annotations

from gradcheck._util import identical, signed
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.types import Array, Verdict


def determinism(trial: Trial) -> Outcome:
    """Call forward, vjp and pullback twice and compare bit for bit."""
    y = trial.forward()
    if not _same(y, trial.forward()):
        return Outcome(Verdict.WRONG, "forward, called twice with the same input, returns different values")
    y_bar = signed(y.shape, trial.rng("determinism")).astype(y.dtype)
    bars = [trial.linearise()[1](y_bar.copy()) for _ in range(2)]
    for block in trial.active:
        if not _same(bars[0][block], bars[1][block]):
            name = trial.names[block]
            reason = f"the cotangent of {name!r}, computed twice from the same input, differs"
            return Outcome(Verdict.WRONG, reason)
    return Outcome(Verdict.CORRECT)


def _same(a: Array | None, b: Array | None) -> bool:
    return a is not None and b is not None and identical(a, b)
