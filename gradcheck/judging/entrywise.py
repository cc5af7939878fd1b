"""Both Jacobians of one input, measured and derived, entry by entry; sparse ones in compressed form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck._util import count_noun, widen
from gradcheck.errors import CannotVerify, LayerRaised, NotFinite
from gradcheck.evaluation import Trial, derive_entries, derive_rest, near_input, output_noise
from gradcheck.judging.tolerance import ROUNDING, K
from gradcheck.numerics import Entries, Neighbourhood, Pattern, measure_entries, measure_rest, spans
from gradcheck.types import Array, Rng

MOST_JACOBIAN_ENTRIES = 2**21
"""The workspace: a Jacobian with more places than this is not measured. At some ten numbers for each,
it takes 160 MB."""


@dataclass(frozen=True)
class BothJacobians:
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
    measured: Entries
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


@dataclass(frozen=True)
class _Input:
    """One input of a trial, with all it takes to measure and derive its Jacobian."""

    trial: Trial
    argnum: int
    near: Neighbourhood
    noise: Array

    @property
    def shape(self) -> tuple[int, int]:
        return self.near.y.size, self.near.x.size

    def derive(self, pattern: Pattern, note: str = "") -> Array:
        name = self.trial.names[self.argnum]
        if pattern.size > MOST_JACOBIAN_ENTRIES:
            mend = note or f"declare sparsity= of {self.trial.layer.name!r}, or check at smaller shapes"
            message = (
                f"the Jacobian of {name!r} has {pattern.size:,} entries that may differ from "
                f"zero, and at most {MOST_JACOBIAN_ENTRIES:,} are measured: {mend}"
            )
            raise CannotVerify(message)
        return derive_entries(self.trial, self.argnum, self.near.y, pattern)

    def compare_within(self, pattern: Pattern, derived: Array, rng: Rng) -> BothJacobians | None:
        """Return both in the places of a pattern, or None if it leaves out some of either."""
        measured = measure_entries(self.near, self.noise, pattern, rng)
        if not pattern.is_full:
            left = measure_rest(self.near, self.noise, pattern, measured, rng)
            if np.any(np.abs(left.value) > K * left.error):
                return None
            rest, terms = derive_rest(self.trial, self.argnum, self.near.y, pattern, derived, rng)
            if not np.all(np.abs(rest) <= ROUNDING * self.near.eps * terms):
                return None
        return self.compare(pattern, derived, measured)

    def compare(self, pattern: Pattern, derived: Array, measured: Entries, note: str = "") -> BothJacobians:
        y = np.abs(widen(self.near.y)).ravel()[pattern.rows]
        rounding = self.near.eps * (np.abs(derived) + y / spans(self.near)[pattern.columns])
        allowed = np.where(measured.jump > K, np.inf, K * measured.error + ROUNDING * rounding)
        return BothJacobians(pattern, derived, measured, allowed, note)


def compare_jacobians(trial: Trial, argnum: int, rng: Rng) -> BothJacobians:
    """Measure and derive ∂y/∂x of one input.

    The places that may differ from zero are those that the layer declares, or else those where the
    derived Jacobian does. Whether they are all is asked of both sides, along a random direction and
    with a random cotangent; if not, every column is measured, and every row derived, by itself.

    Raises
    ------
    CannotVerify
        If the Jacobian has more than `MOST_JACOBIAN_ENTRIES` places.
    LayerRaised, BrokenContract
        As the layer's functions do.
    """
    y = trial.forward()
    if not np.all(np.isfinite(y)):
        raise NotFinite(trial.describe_not_finite())
    near = near_input(trial, argnum, y)
    held = _Input(trial, argnum, near, output_noise(trial, y, near.eps, rng))
    declared = declared_pattern(trial, argnum, held.shape)
    note = ""
    if declared is not None:
        found = held.compare_within(declared, held.derive(declared), rng)
        if found is not None:
            return found
        note = f"sparsity= of {trial.layer.name!r} leaves out entries of {trial.names[argnum]!r}"
    full = Pattern.full(held.shape)
    derived = held.derive(full, note)
    nonzero = derived != 0.0
    detected = Pattern(full.rows[nonzero], full.columns[nonzero], held.shape)
    found = held.compare_within(detected, derived[nonzero], rng)
    if found is None:
        measured = measure_entries(near, held.noise, full, rng)
        found = held.compare(full, derived, measured)
    return replace(found, note=note)


def declared_pattern(trial: Trial, argnum: int, shape: tuple[int, int]) -> Pattern | None:
    """Return the pattern that the layer declares for an input, if it does.

    Raises
    ------
    CannotVerify
        If what it returns is no pattern of that shape.
    """
    layer = trial.layer
    if layer.sparsity is None or any(leaf.slot.is_complex for leaf in trial.inputs.leaves):
        return None  # real and imaginary parts are entries of their own here
    try:
        returned = layer.sparsity(*(x.shape for x in trial.primals), **trial.settings())
    except Exception as cause:
        raise LayerRaised(layer.name, "sparsity", cause) from cause
    if not isinstance(returned, tuple | list) or len(returned) != len(trial.primals):
        patterns = count_noun(len(trial.primals), "pattern")
        message = f"sparsity of {layer.name!r} must return {patterns}, one for each input"
        raise CannotVerify(message)
    pattern = returned[argnum]
    return None if pattern is None else _read(layer.name, trial.names[argnum], pattern, shape)


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
