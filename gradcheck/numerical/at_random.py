"""A layer run with operations that round at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gradcheck.dice import Dice
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.trial import Trial
from gradcheck.types import Array, Rng

Made = TypeVar("Made")


def attempted(sample: Callable[[Trial], Made], trial: Trial) -> Made | None:
    """Return what `sample` makes of a trial; None where the layer raises, as it may beyond its domain."""
    try:
        return sample(trial)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None


def at_random(sample: Callable[[Trial], Made], trial: Trial, rng: Rng) -> Made | None:
    """Return what `sample` makes of a trial whose operations round at random.

    It must make the same of the same trial each time, but for the noise. None where the layer behaves in
    another way then: it asks what kind of array it was given.
    """
    ordinary, noisy = Dice(None), Dice(rng)
    if attempted(sample, replace(trial, dice=ordinary)) is None:
        return None
    try:
        made = attempted(sample, replace(trial, dice=noisy))
    finally:
        noisy.is_over = True  # a layer may have kept arrays that would go on
    return made if _are_same(ordinary.returned, noisy.returned) else None


def _are_same(some: list[Array], others: list[Array]) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(a.tobytes() == b.tobytes() for a, b in pairs)
