"""Train and eval flags, running statistics and parameters are not moved by forward and backward."""

from __future__ import annotations

import numpy as np

from gradcheck._util import duplicate, signed
from gradcheck.checks.bits import same
from gradcheck.evaluation import Trial, fill_cotangent, read_output
from gradcheck.judging import Outcome
from gradcheck.layers import Layer
from gradcheck.types import Verdict


def has_object(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.module is None or not (layer.module.parameters or layer.module.keeps):
        return "the layer has no object that keeps anything"
    return None


def state(trial: Trial) -> Outcome:
    """Compare what the object keeps before forward, after it, and after backward."""
    module = trial.layer.module
    assert module is not None
    arguments, options = trial.arguments(), trial.settings()
    obj = trial.call("factory", module.made, arguments, options)
    before = duplicate(module.kept(obj))
    y = trial.call("forward", module.run, obj, arguments, options)
    finding = _moved("forward", before, module.kept(obj))
    if finding is not None:
        return finding
    flat = read_output(trial.layer.name, "forward", y)
    y_bar = signed(flat.shape, trial.rng("state")).astype(flat.dtype)
    trial.call("backward", module.pulled, obj, y, fill_cotangent(y, y_bar))
    return _moved("backward", before, module.kept(obj)) or Outcome(Verdict.CORRECT)


def _moved(who: str, before: dict[str, object], after: dict[str, object]) -> Outcome | None:
    for what, then in before.items():
        if not same(_array(after[what]), _array(then)):
            return Outcome(Verdict.WRONG, f"{who} changes {what}")
    return None


def _array(value: object) -> object:
    return np.asarray(value) if isinstance(value, list) else value
