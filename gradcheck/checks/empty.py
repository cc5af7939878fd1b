"""A zero-size input gets a cotangent of its own shape, and no output means no gradient."""

from __future__ import annotations

import numpy as np

from gradcheck.checks.contract import contract
from gradcheck.checks.warned import warning
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.layers import ANY_SHAPE, Layer, letters
from gradcheck.types import Verdict

TRIES = 64
"""Random combinations of sizes and options that `where` is asked about for each letter."""
LARGEST = 4


def has_sizes(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.shapes is None:
        return "the layer's inputs have no declared sizes that could be zero"
    names = [n for n in letters(layer.axes.values()) if n not in layer.options]
    if not names:
        varies = any(ANY_SHAPE in shape.split() for shape in layer.axes.values())
        return None if varies else "no size of the layer can vary"
    if layer.where is None or any(_accepted(layer, names, name) for name in names):
        return None
    return "where= refuses every size of zero"


def _accepted(layer: Layer, names: list[str], zero: str) -> bool:
    rng = np.random.default_rng(0)
    for _ in range(TRIES):
        sizes = {name: int(rng.integers(1, LARGEST + 1)) for name in names} | {zero: 0}
        options = {name: values[int(rng.integers(len(values)))] for name, values in layer.options.items()}
        try:
            if layer.accepts({**sizes, **options}):
                return True
        except Exception:
            return True  # a predicate that raises is reported when its examples are drawn
    return False


def empty(trial: Trial) -> Outcome:
    """Check the contract at a zero size that forward accepts, and that nothing comes from nothing."""
    try:
        y = trial.forward()
    except LayerRaised as raised:
        message = f"forward takes no such size: {raised}"
        raise CannotVerify(message) from raised
    said = warning(trial.forward)
    if said is not None or not np.all(np.isfinite(y)):
        message = f"forward is not defined at size zero: {said or 'its value is not finite'}"
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
