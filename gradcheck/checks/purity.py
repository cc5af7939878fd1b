"""Nothing is changed, nothing is aliased, and the pullback can be called again, in any order."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from gradcheck.findings import Outcome
from gradcheck.trial import Trial
from gradcheck.types import Array, Verdict
from gradcheck.vectors import signed

OVERLAP_WORK = 10_000
"""Effort spent on deciding whether two views overlap; interleaved views beyond it count as apart."""


def purity(trial: Trial) -> Outcome:
    """Watch every array that goes in and comes out, by its bits and by its memory."""
    given = trial.arguments()
    options = deepcopy(dict(trial.options))
    kept = deepcopy(given), deepcopy(options)
    layer = trial.layer

    y = trial.call("forward", layer.forward, *given, **options)
    finding = _inputs(trial, "forward", given, options, kept) or _alias(trial, "forward's output", y, given)
    if finding is not None:
        return finding

    primal, pullback = trial.call("vjp", layer.vjp, *given, **options)
    finding = _inputs(trial, "vjp", given, options, kept) or _alias(
        trial, "vjp's primal value", primal, given
    )
    if finding is not None:
        return finding

    rng = trial.rng("purity")
    first, second = (signed(np.shape(y), rng).astype(np.asarray(y).dtype)[()] for _ in range(2))
    before = deepcopy(first)
    bars = trial.call("pullback", pullback, first)
    if not _same(first, before):
        return _wrong("the pullback changes the cotangent that it is given")
    finding = _inputs(trial, "the pullback", given, options, kept)
    if finding is not None:
        return finding
    returned = bars if isinstance(bars, tuple | list) else (bars,)
    for name, bar in zip(trial.names, returned, strict=False):
        finding = _alias(trial, f"the cotangent of {name!r}", bar, given, first)
        if finding is not None:
            return finding
    return _repeated(trial, pullback, first, second, returned)


def _repeated(trial: Trial, pullback: Any, first: Any, second: Any, returned: Any) -> Outcome:
    kept = deepcopy(returned)
    trial.call("pullback", pullback, second)
    if not all(map(_same, returned, kept)):
        return _wrong("a second call of the pullback changes what the first one returned")
    again = trial.call("pullback", pullback, first)
    again = again if isinstance(again, tuple | list) else (again,)
    if not all(map(_same, again, kept)):
        return _wrong(
            "the pullback, called again with the same cotangent, returns something else: it keeps state"
        )
    return Outcome(Verdict.CORRECT)


def _inputs(trial: Trial, who: str, given: Any, options: Any, kept: tuple[Any, Any]) -> Outcome | None:
    for name, now, then in zip(trial.names, given, kept[0], strict=True):
        if not _same(now, then):
            return _wrong(f"{who} changes its input {name!r} in place")
    for name, then in kept[1].items():
        if not _same(options[name], then):
            return _wrong(f"{who} changes its option {name!r} in place")
    return None


def _alias(trial: Trial, what: str, returned: Any, given: Any, y_bar: Any = None) -> Outcome | None:
    named = [*zip(map(repr, trial.names), given, strict=True), ("the cotangent it was given", y_bar)]
    for name, source in named:
        if _overlap(returned, source):
            said = (
                f"{what} shares memory with {name}; a later in-place change of one would change both: copy it"
            )
            return _wrong(said)
    return None


def _overlap(a: Any, b: Any) -> bool:
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    try:
        return bool(np.shares_memory(a, b, max_work=OVERLAP_WORK))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray | np.generic) or isinstance(b, np.ndarray | np.generic):
        left, right = np.asarray(a), np.asarray(b)
        return left.dtype == right.dtype and left.shape == right.shape and _bits(left) == _bits(right)
    return bool(a == b)


def _bits(a: Array) -> bytes:
    return a.tobytes()


def _wrong(reason: str) -> Outcome:
    return Outcome(Verdict.WRONG, reason)
