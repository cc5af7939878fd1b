"""Nothing is changed, nothing is aliased, and the pullback can be called again, in any order."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcheck._util import draw_signed, duplicate, leaves, match_leaves
from gradcheck.checks.bits import overlap, same
from gradcheck.checks.given import Given
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Trial, fill_cotangent, split_vjp
from gradcheck.judging import Outcome
from gradcheck.types import Verdict


def purity(trial: Trial) -> Outcome:
    """Watch every array that goes in and comes out, by its bits and by its memory."""
    given, layer = Given.of(trial), trial.layer
    arguments, options = given.inputs.given.values(), given.options.given
    y = trial.call("forward", layer.forward, *arguments, **options)
    returned = trial.call("vjp", layer.vjp, *arguments, **options)
    primal, pullback = split_vjp(layer.name, "vjp", returned)
    before = duplicate(y)
    again = trial.call("forward", layer.forward, *arguments, **options)
    found = _report_change("forward or vjp", given)
    for what, value in (("forward's output", y), ("vjp's primal value", primal)):
        found = found or _alias(what, value, given)
    found = found or _check_reuse(trial, y, before, again) or _judge_pullback(trial, primal, pullback, given)
    return found or Outcome(Verdict.CORRECT, given.note)


def _check_reuse(trial: Trial, y: Any, before: Any, again: Any) -> Outcome | None:
    """Ask whether a later call writes into what an earlier one returned.

    Arrays that share no memory with those of a second call are written into by none.
    """
    first, second = ([leaf for _, leaf in leaves(returned)] for returned in (y, again))
    are_known = all(isinstance(leaf, np.ndarray | np.generic | float) for leaf in first)
    if are_known and not any(overlap(a, b) for a in first for b in second):
        return None
    trial.neighbour(trial.rng("purity")).output()
    return None if same(y, before) else _wrong("a second call of forward changes what the first one returned")


def _judge_pullback(trial: Trial, primal: Any, pullback: Any, given: Given) -> Outcome | None:
    y, rng = trial.output(), trial.rng("purity")
    y_bar, other = (draw_signed(y.shape, rng).astype(y.dtype) for _ in range(2))
    first, second = (fill_cotangent(primal, bar) for bar in (y_bar, other))
    given_bars = _arrays(primal, first)
    before = duplicate(given_bars)
    bars = trial.call("pullback", pullback, first)
    returned = trial.raw_cotangents(bars)
    if not same(given_bars, before):
        return _wrong("the pullback changes the cotangent that it is given")
    found = _report_change("the pullback", given)
    for name, bar in zip(trial.names, returned, strict=True):
        found = found or _alias(f"the cotangent of {name!r}", bar, given, given_bars)
    found = found or _check_repetition(trial, pullback, fill_cotangent(primal, y_bar), second, bars)
    return found or _report_change("the pullback, called again,", given)


def _check_repetition(trial: Trial, pullback: Any, first: Any, second: Any, returned: Any) -> Outcome | None:
    snapshot = duplicate(returned)
    try:
        trial.call("pullback", pullback, second)
    except LayerRaised as raised:
        _is_steady(trial, first)  # what raises in new pullbacks too is no matter of calling one again
        return _wrong(f"the pullback can be called once only: {raised}")
    if not same(returned, snapshot):
        return _wrong("a second call of the pullback changes what the first one returned")
    again = trial.call("pullback", pullback, first)
    # Where new pullbacks differ as well, it is no matter of calling one of them again.
    if not same(again, snapshot) and _is_steady(trial, first):
        return _wrong("the pullback, called again with the same cotangent, returns something else")
    return None


def _is_steady(trial: Trial, y_bar: Any) -> bool:
    """Return whether two new pullbacks return the same bits."""
    layer, bars = trial.layer, []
    for _ in range(2):
        returned = trial.call("vjp", layer.vjp, *trial.arguments(), **trial.settings())
        _, pullback = split_vjp(layer.name, "vjp", returned)
        bars.append(trial.call("pullback", pullback, duplicate(y_bar)))
    return same(*bars)


def _report_change(who: str, given: Given) -> Outcome | None:
    for name in given.inputs.find_changed():
        return _wrong(f"{who} changes its input {name!r} in place")
    for name in given.changed_options():
        text = f"{who} changes its option {name!r} in place; if it is meant to, declare state=({name!r},)"
        return _wrong(text)
    return None


def _arrays(primal: Any, y_bar: Any) -> list[Any]:
    """Return the cotangents of outputs that are arrays; a caller has numbers for those that are numbers."""
    outputs = [leaf for _, leaf in leaves(primal)]
    bars = match_leaves(primal, y_bar) or []
    return [bar for y, bar in zip(outputs, bars, strict=True) if isinstance(y, np.ndarray)]


def _alias(what: str, returned: Any, given: Given, y_bars: Any = ()) -> Outcome | None:
    """Return WRONG if writing into what was returned would change an array of the caller's.

    A view that is read-only, such as `numpy.broadcast_to` makes, can't be written into.
    """
    sources = {repr(name): value for name, value in given.inputs.given.items()}
    made = [leaf for _, leaf in leaves(returned) if isinstance(leaf, np.ndarray) and leaf.flags.writeable]
    for name, source in (sources | {"the cotangent it was given": y_bars}).items():
        if any(overlap(a, b) for a in made for _, b in leaves(source)):
            why = "an in-place operation on one of them, such as +=, changes the other as well; return a copy"
            return _wrong(f"{what} shares memory with {name}: {why}")
    return None


def _wrong(reason: str) -> Outcome:
    return Outcome(Verdict.WRONG, reason)
