"""Nothing is changed, nothing is aliased, and the pullback can be called again, in any order."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import numpy as np

from gradcheck._util import leaves, signed
from gradcheck.checks.bits import overlap, same
from gradcheck.evaluation import Trial, fill_cotangent, split_vjp
from gradcheck.judging import Outcome
from gradcheck.types import Verdict

GENERATORS = np.random.Generator | np.random.RandomState | random.Random
"""Options that a layer uses up by drawing from them; every call gets a copy in the same state."""


def purity(trial: Trial) -> Outcome:
    """Watch every array that goes in and comes out, by its bits and by its memory."""
    given = trial.arguments()
    options = trial.settings()
    kept = deepcopy(given), deepcopy(options)
    layer = trial.layer

    y = trial.call("forward", layer.forward, *given, **options)
    returned = trial.call("vjp", layer.vjp, *given, **options)
    primal, pullback = split_vjp(layer.name, "vjp", returned)
    changed = _inputs(trial, "forward or vjp", given, options, kept)
    for what, value in (("forward's output", y), ("vjp's primal value", primal)):
        changed = changed or _alias(trial, what, value, given)
    if changed is not None:
        return changed
    return _reused(trial, y) or _pullback(trial, primal, pullback, given, options, kept)


def _reused(trial: Trial, y: Any) -> Outcome | None:
    """Ask whether a later call writes into what an earlier one returned."""
    before = deepcopy(y)
    moved = trial.beside(trial.rng("purity"))
    trial.call("forward", trial.layer.forward, *moved.arguments(), **trial.settings())
    return None if same(y, before) else _wrong("a second call of forward changes what the first one returned")


def _pullback(
    trial: Trial, primal: Any, pullback: Any, given: Any, options: Any, kept: tuple[Any, Any]
) -> Outcome:
    y, rng = trial.forward(), trial.rng("purity")
    first, second = (fill_cotangent(primal, signed(y.shape, rng).astype(y.dtype)) for _ in range(2))
    before = deepcopy(first)
    bars = trial.call("pullback", pullback, first)
    returned = trial.raw_cotangents(bars)
    if not same(first, before):
        return _wrong("the pullback changes the cotangent that it is given")
    finding = _inputs(trial, "the pullback", given, options, kept)
    for name, bar in zip(trial.names, returned, strict=True):
        finding = finding or _alias(trial, f"the cotangent of {name!r}", bar, given, first)
    return finding or _repeated(trial, pullback, first, second, bars)


def _repeated(trial: Trial, pullback: Any, first: Any, second: Any, returned: Any) -> Outcome:
    kept = deepcopy(returned)
    trial.call("pullback", pullback, second)
    if not same(returned, kept):
        return _wrong("a second call of the pullback changes what the first one returned")
    again = trial.call("pullback", pullback, first)
    if not same(again, kept):
        return _wrong("the pullback, called again with the same cotangent, returns something else")
    return Outcome(Verdict.CORRECT)


def _inputs(trial: Trial, who: str, given: Any, options: Any, kept: tuple[Any, Any]) -> Outcome | None:
    for name, now, then in zip(trial.inputs.owners, given, kept[0], strict=True):
        if not same(now, then):
            return _wrong(f"{who} changes its input {name!r} in place")
    for name, then in kept[1].items():
        may_change = name in trial.layer.state or isinstance(then, GENERATORS)
        if not (may_change or same(options[name], then)):
            return _wrong(
                f"{who} changes its option {name!r} in place; if it is meant to, declare state=({name!r},)"
            )
    return None


def _alias(trial: Trial, what: str, returned: Any, given: Any, y_bar: Any = None) -> Outcome | None:
    owners = map(repr, trial.inputs.owners)
    for name, source in [*zip(owners, given, strict=True), ("the cotangent it was given", y_bar)]:
        if any(overlap(a, b) for _, a in leaves(returned) for _, b in leaves(source)):
            said = (
                f"{what} shares memory with {name}; a later in-place change of one would change both: copy it"
            )
            return _wrong(said)
    return None


def _wrong(reason: str) -> Outcome:
    return Outcome(Verdict.WRONG, reason)
