"""A zero-size input gets a cotangent of its own shape, and no output means no gradient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradcheck.checks.contract import contract
from gradcheck.checks.warned import warning
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.layers import ANY_SHAPE, Layer, letters, letters_of_zero
from gradcheck.types import Array, Verdict


def has_sizes(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.shapes is None:
        return "the layer's inputs have no declared sizes that could be zero"
    if not any(n not in layer.options for n in letters(layer.leaf_shapes.values())):
        varies = any(ANY_SHAPE in shape.split() for shape in layer.leaf_shapes.values())
        return None if varies else "no size of the layer can vary"
    if letters_of_zero(layer):
        return None
    return "no input can be empty" if layer.where is None else "where= refuses every size of zero"


def empty(trial: Trial) -> Outcome:
    """Check the contract at a zero size that forward accepts, and that nothing comes from nothing."""
    try:
        y = trial.forward()
    except LayerRaised as raised:
        message = f"forward takes no such size: {raised}"
        raise CannotVerify(message) from raised
    text = warning(trial.forward)
    if text is not None or not np.all(np.isfinite(y)):
        message = f"forward is not defined at size zero: {text or 'its value is not finite'}"
        raise CannotVerify(message)
    found = contract(trial)
    if found.raised and _has_items(trial):
        message = f"it has items, though none of them has an entry: {found.reason}"
        raise CannotVerify(message)
    if found.verdict is Verdict.CORRECT and y.size == 0:
        found = _something_from_nothing(trial, y) or found
    wrong = found.verdict is Verdict.WRONG
    return replace(found, reason=found.reason + _way_out(trial)) if wrong else found


def _has_items(trial: Trial) -> bool:
    """Return whether an axis of size zero lies inside of items, whose number is not zero.

    A batch may come without samples, and a backward that raises there ends a run. A sample without features
    comes nowhere: `reshape(-1, x.shape[-1])`, as people write it, raises there and does no harm. An axis
    counts items where its letter stands first in every input that has it.
    """
    inner, empty = set[str](), set[str]()
    for argnum, x in enumerate(trial.primals):
        axes = trial.axis_letters(argnum)
        if axes is None:
            return False
        inner.update(letters(axes[1:]))
        empty.update(letters(axis for axis, size in zip(axes, x.shape, strict=False) if size == 0))
    return bool(empty) and empty <= inner


def _something_from_nothing(trial: Trial, y: Array) -> Outcome | None:
    _, pullback = trial.linearise()
    bars = pullback(np.zeros_like(y))
    for argnum in trial.active:
        if np.any(bars[argnum]):
            name = trial.names[argnum]
            return Outcome(Verdict.WRONG, f"the output is empty, but the cotangent of {name!r} is not zero")
    return None


def _way_out(trial: Trial) -> str:
    """Return how to forbid the size of zero, where it has a letter."""
    for argnum, x in enumerate(trial.primals):
        pairs = zip(trial.axis_letters(argnum) or (), x.shape, strict=False)
        empty_axes = [axis for axis, size in pairs if size == 0]
        for name in letters(empty_axes):
            if name not in trial.options:
                also = " and what it says already" if trial.layer.where else ""
                return f"; if {name} is never 0, say so: where=lambda {name}: {name} > 0{also}"
    return ""
