"""A layer run with operations that round at random, beside an ordinary run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from gradcheck._util import identical, leaves, max_abs, widen
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.dice import Dice
from gradcheck.evaluation.trial import Trial
from gradcheck.types import Array, Rng

Value = TypeVar("Value")
Result = TypeVar("Result")
SAME_UNITS = 64.0
"""Rounding units of the largest entry by which two copies may be added up differently. A write that the
shadow missed is larger, unless it is hidden by rounding anyway: half and twice of it are the same."""


@dataclass(frozen=True)
class NoiselessRun(Generic[Value]):
    """What `sample` makes of a trial without noise, and what the layer returned meanwhile.

    `sample` must make the same of the same trial each time, but for the noise.
    """

    sample: Callable[[Trial], Value]
    trial: Trial
    value: Value
    return_values: list[Array]

    @classmethod
    def of(cls, sample: Callable[[Trial], Value], trial: Trial) -> NoiselessRun[Value] | None:
        """Run without noise; None where the layer raises, as it may beyond its domain."""
        dice = Dice(None)
        value = _attempt(sample, trial, dice)
        return None if value is None else cls(sample, trial, value, dice.return_values)

    def keeps_shadows(self) -> bool:
        """Return whether shadows without noise come to the values; one that missed a write is no rounding.

        Another library's operations round without shadows, and miss nothing.
        """
        if self.trial.layer.library is not None:
            return True
        dice = Dice(np.random.default_rng(0), is_still=True)
        try:
            found = _attempt(self.sample, self.trial, dice)
        finally:
            dice.is_over = True
        return found is not None and all(
            _is_near(shadow, value)
            for (_, shadow), (_, value) in zip(leaves(found), leaves(self.value), strict=True)
            if shadow is not None
        )

    def unit_inside(self) -> float:
        """Return the rounding unit of the coarsest type in which forward computes something on its way.

        What a pullback alone computes in a coarser type is no rounding but a loss.
        """
        return self._forward_alone.coarsest

    def loses_shadows(self) -> bool:
        """Return whether shadows do not come through forward, as where it leaves NumPy on its way.

        Nobody knows then how large the numbers are that it adds up inside.
        """
        return self.trial.layer.library is None and self._forward_alone.has_lost

    @cached_property
    def _forward_alone(self) -> Dice:
        """What one run of forward with shadows that stand still leaves behind."""
        dice = Dice(np.random.default_rng(0), is_still=True)
        try:
            _attempt(Trial.forward, self.trial, dice)
        finally:
            dice.is_over = True
        return dice

    def at_random(self, rng: Rng, unit_inside: float = 0.0) -> Value | None:
        """Run with noise; None where the layer raises or behaves in another way then.

        It may ask what kind of array it was given.
        """
        dice = Dice(rng, inside=unit_inside)
        try:
            value = _attempt(self.sample, self.trial, dice)
        finally:
            dice.is_over = True  # a layer may have kept arrays that would go on
        return value if _are_same(self.return_values, dice.return_values) else None


def _attempt(sample: Callable[[Trial], Result], trial: Trial, dice: Dice) -> Result | None:
    try:
        return sample(replace(trial, dice=dice))
    except NothingToLearn:
        return None


def _is_near(shadow: Array, value: Array) -> bool:
    """Return whether two arrays are the same but for the order in which a library may add up copies."""
    if shadow.shape != value.shape or not np.array_equal(np.isfinite(shadow), np.isfinite(value)):
        return False
    finite = np.isfinite(value)
    a, b = widen(shadow)[finite], widen(value)[finite]
    # A wrong pullback may return whole numbers or a mask, in which nothing rounds.
    kind = value.dtype if value.dtype.kind in "fc" else b.dtype
    return max_abs(a - b) <= SAME_UNITS * float(np.finfo(kind).eps) * max_abs(b)


def _are_same(some: list[Array], others: list[Array]) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(identical(a, b) for a, b in pairs)
