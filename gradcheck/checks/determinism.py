"""The same input gives the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcheck._util import draw_signed, global_states, identical
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.types import Array, Verdict

MEND = {
    "numpy.random": 'options={"rng": (np.random.default_rng(0),)}',
    "random": 'options={"rng": (random.Random(0),)}',
}
"""How one writes an option that is a generator, for each that everybody shares."""


def determinism(trial: Trial) -> Outcome:
    """Call forward, vjp and pullback twice and compare bit for bit."""
    before = global_states()
    y = trial.forward()
    if not _same(y, trial.forward()):
        text = "forward, called twice with the same input, returns different values"
        return Outcome(Verdict.WRONG, text + _why(trial, before))
    y_bar = draw_signed(y.shape, trial.rng("determinism")).astype(y.dtype)
    bars = [trial.linearise()[1](y_bar.copy()) for _ in range(2)]
    for argnum in trial.active:
        if not _same(bars[0][argnum], bars[1][argnum]):
            name = trial.names[argnum]
            reason = f"the cotangent of {name!r}, computed twice from the same input, differs"
            return Outcome(Verdict.WRONG, reason + _why(trial, before))
    return Outcome(Verdict.CORRECT)


def _why(trial: Trial, before: dict[str, Any]) -> str:
    """Return what is known to differ from call to call, and how to mend it."""
    after = global_states()
    for name in before:
        if before[name] != after[name]:
            mend = "take a generator as an option, of which every call gets a copy in the same state"
            return f": it draws from {name}, which everybody shares; {mend}: {MEND[name]}"
    for name, value in trial.options.items():
        if isinstance(value, Iterator):
            return f": its option {name!r}, an iterator, is used up by the first call; pass a list or a tuple"
    return ""


def _same(a: Array | None, b: Array | None) -> bool:
    return a is not None and b is not None and identical(a, b)
