"""Both Jacobians of one input, measured and derived, entry by entry; sparse ones in compressed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck._util import wide
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation import Trial
from gradcheck.judging.tolerance import ROUNDING, K
from gradcheck.numerics import (
    Pattern,
    Slopes,
    Steps,
    derived_entries,
    derived_residual,
    measured_entries,
    residual,
)
from gradcheck.types import Array, Rng

MOST_ENTRIES = 2**21
"""The workspace: a Jacobian with more places than this is not measured. At some ten numbers for each,
it takes 160 MB."""


@dataclass(frozen=True)
class Entries:
    """∂y/∂x in the places of `pattern`, which is all of it: what it leaves out is zero.

    Parameters
    ----------
    pattern
        The places.
    derived, measured
        The entries there.
    allowed
        How far they may be apart; infinite where the measurement has not settled, or sits on a kink.
    note
        What is wrong with a declared sparsity, if anything is.
    """

    pattern: Pattern
    derived: Array
    measured: Slopes
    allowed: Array
    note: str = ""

    @cached_property
    def known(self) -> Array:
        """Which of them could be measured."""
        return np.isfinite(self.allowed)

    @cached_property
    def apart(self) -> Array:
        """How many times further apart than allowed the two are; 0 where that is not known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.abs(self.derived - self.measured.value) / self.allowed
        return np.where(self.known & np.isfinite(times), times, 0.0)


def entries(trial: Trial, block: int, rng: Rng) -> Entries:
    """Measure and derive ∂y/∂x of one input.

    The places that may differ from zero are those that the layer declares, or else those where the
    derived Jacobian does. Whether they are all is asked of both sides, along a random direction and
    with a random cotangent; if not, every column is measured, and every row derived, by itself.

    Raises
    ------
    CannotVerify
        If the Jacobian has more than `MOST_ENTRIES` places.
    LayerRaised, BrokenContract
        As the layer's functions do.
    """
    y = trial.forward()
    shape = y.size, trial.primals[block].size
    if not np.all(np.isfinite(y)):
        message = f"forward of {trial.layer.name!r} returned values that are not finite"
        raise CannotVerify(message)
    steps = Steps.of(trial, block, y, rng)
    declared = declared_pattern(trial, block, shape)
    note = ""
    if declared is not None:
        found = _compared(steps, declared, _derived(steps, declared), rng)
        if found is not None:
            return found
        note = f"sparsity= of {trial.layer.name!r} leaves out entries of {trial.names[block]!r}"
    full = Pattern.full(shape)
    derived = _derived(steps, full, note)
    nonzero = derived != 0.0
    detected = Pattern(full.rows[nonzero], full.columns[nonzero], shape)
    found = _compared(steps, detected, derived[nonzero], rng)
    if found is None:
        measured = measured_entries(steps, full, rng)
        found = _judged(steps, full, derived, measured)
    return Entries(found.pattern, found.derived, found.measured, found.allowed, note)


def _derived(steps: Steps, pattern: Pattern, note: str = "") -> Array:
    trial, block = steps.trial, steps.block
    if pattern.size > MOST_ENTRIES:
        said = note or f"declare sparsity= of {trial.layer.name!r}, or check at smaller shapes"
        message = (
            f"the Jacobian of {trial.names[block]!r} has {pattern.size:,} entries that may differ from zero, "
            f"and at most {MOST_ENTRIES:,} are measured: {said}"
        )
        raise CannotVerify(message)
    return derived_entries(trial, block, steps.y, pattern)


def _compared(steps: Steps, pattern: Pattern, derived: Array, rng: Rng) -> Entries | None:
    """Return the entries in the places of a pattern, or None if it leaves out some of either Jacobian."""
    measured = measured_entries(steps, pattern, rng)
    if not pattern.is_full:
        left = residual(steps, pattern, measured, rng)
        if np.any(np.abs(left.value) > K * left.error):
            return None
        rest, terms = derived_residual(steps.trial, steps.block, steps.y, pattern, derived, rng)
        if not np.all(np.abs(rest) <= ROUNDING * steps.eps * terms):
            return None
    return _judged(steps, pattern, derived, measured)


def _judged(steps: Steps, pattern: Pattern, derived: Array, measured: Slopes) -> Entries:
    y = np.abs(wide(steps.y)).ravel()[pattern.rows]
    rounding = steps.eps * (np.abs(derived) + y / steps.spans[pattern.columns])
    allowed = np.where(measured.jump > K, np.inf, K * measured.error + ROUNDING * rounding)
    return Entries(pattern, derived, measured, allowed)


def declared_pattern(trial: Trial, block: int, shape: tuple[int, int]) -> Pattern | None:
    """Return the pattern that the layer declares for an input, if it does.

    Raises
    ------
    CannotVerify
        If what it returns is no pattern of that shape.
    """
    layer = trial.layer
    if layer.sparsity is None or any(leaf.slot.paired for leaf in trial.inputs.leaves):
        return None  # real and imaginary parts are entries of their own here
    try:
        returned = layer.sparsity(*(x.shape for x in trial.primals), **trial.settings())
    except Exception as cause:
        raise LayerRaised(layer.name, "sparsity", cause) from cause
    if not isinstance(returned, tuple | list) or len(returned) != len(trial.primals):
        message = (
            f"sparsity of {layer.name!r} must return one pattern for each of {len(trial.primals)} inputs"
        )
        raise CannotVerify(message)
    pattern = returned[block]
    return None if pattern is None else _read(layer.name, trial.names[block], pattern, shape)


def _read(layer: str, name: str, pattern: Any, shape: tuple[int, int]) -> Pattern:
    if hasattr(pattern, "tocoo"):
        pattern = (pattern.tocoo().row, pattern.tocoo().col)
    try:
        places = tuple(np.asarray(part, dtype=np.intp).ravel() for part in pattern)
        rows, columns = np.unravel_index(np.unique(np.ravel_multi_index(places, shape)), shape)
    except (TypeError, ValueError) as cause:
        message = (
            f"sparsity of {layer!r} must give for {name!r} a scipy.sparse array, or two integer arrays of "
            f"positions in an output of {shape[0]} and an input of {shape[1]} entries: {cause}"
        )
        raise CannotVerify(message) from cause
    return Pattern(rows, columns, shape)
