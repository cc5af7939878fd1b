"""Train and eval flags, running statistics and parameters are not moved by forward and backward."""

from __future__ import annotations

import re

import numpy as np

from gradcheck._util import draw_signed, duplicate
from gradcheck.checks.bits import same
from gradcheck.evaluation import Trial, fill_cotangent, read_output
from gradcheck.judging import Outcome
from gradcheck.layers import Layer, find_undeclared, numbers_in, snapshot
from gradcheck.types import Verdict


def has_object(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return "the layer has no object that keeps anything" if layer.module is None else None


def state(trial: Trial) -> Outcome:
    """Compare what the object keeps before forward, after it, and after backward."""
    module = trial.layer.module
    assert module is not None
    arguments, options = trial.arguments(), trial.settings()
    obj = trial.call("factory", module.make, arguments, options)
    kept, made = duplicate(module.invariants(obj)), snapshot(numbers_in(obj))
    y = trial.call("forward", module.run, obj, arguments, options)
    found = _find_change("forward", kept, module.invariants(obj))
    before = numbers_in(obj)
    forwarded = snapshot(before)
    flat = read_output(trial.layer.name, "forward", y)
    y_bar = draw_signed(flat.shape, trial.rng("state")).astype(flat.dtype)
    trial.call("backward", module.pull_back, obj, y, fill_cotangent(y, y_bar))
    found = found or _find_change("backward", kept, module.invariants(obj))
    unseen = find_undeclared(made, forwarded, numbers_in(obj), before, module.read_declared(obj))
    return found or _report_undeclared(unseen) or Outcome(Verdict.CORRECT)


def _report_undeclared(unseen: dict[str, str]) -> Outcome | None:
    """Return UNVERIFIED where backward writes gradients that no check looks at."""
    if not unseen:
        return None
    gradients = ", ".join(map(repr, unseen.values()))
    written = ", ".join(f"{_last(value)!r}: ({value!r}, {gradient!r})" for value, gradient in unseen.items())
    text = f"backward also writes {gradients}, of parameters that are not declared, so nothing is known of it"
    mend = f"declare parameters={{…, {written}}}, and their shapes in shapes="
    return Outcome(Verdict.UNVERIFIED, f"{text}: {mend}", suspicious=True)


def _last(place: str) -> str:
    return "_".join(re.findall(r"\w+", place))


def _find_change(who: str, before: dict[str, object], after: dict[str, object]) -> Outcome | None:
    for what, then in before.items():
        if not same(_array(after[what]), _array(then)):
            return Outcome(Verdict.WRONG, f"{who} changes {what}")
    return None


def _array(value: object) -> object:
    return np.asarray(value) if isinstance(value, list) else value
