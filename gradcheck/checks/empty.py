"""A zero-size input gets a cotangent of its own shape, and no output means no gradient."""

from __future__ import annotations

import numpy as np

from gradcheck.checks.contract import contract
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.findings import Outcome
from gradcheck.layer import Layer
from gradcheck.trial import Trial
from gradcheck.types import Verdict


def has_sizes(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.shapes is None:
        return "the layer's inputs have no declared shapes with a size that could be zero"
    if not any(axis for shape in layer.shapes.values() for axis in shape.split() if not axis.isdigit()):
        return "no size of the layer can vary"
    return None


def empty(trial: Trial) -> Outcome:
    """Check the contract at a zero size that forward accepts, and that nothing comes from nothing."""
    try:
        y = trial.forward()
    except LayerRaised as raised:
        message = f"forward takes no such size: {raised}"
        raise CannotVerify(message) from raised
    if not np.all(np.isfinite(y)):
        message = "forward is not defined at size zero: its value is not finite"
        raise CannotVerify(message)
    outcome = contract(trial)
    if outcome.verdict is not Verdict.CORRECT or y.size > 0:
        return outcome
    _, pullback = trial.linearise()
    bars = pullback(np.zeros_like(y))
    for block in trial.active:
        if np.any(bars[block]):
            name = trial.names[block]
            return Outcome(Verdict.WRONG, f"the output is empty, but the cotangent of {name!r} is not zero")
    return outcome
