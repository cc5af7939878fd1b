"""A layer run with operations that round at random, and no longer than is reasonable."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.stochastic import Dice
from gradcheck.trial import Trial
from gradcheck.types import Rng

MOST, SPARE = 4, 100
"""With noise a run may take so many times the operations that it takes without, and so many more."""
Made = TypeVar("Made")


def attempted(sample: Callable[[Trial], Made], trial: Trial) -> Made | None:
    """Return what `sample` makes of a trial; None where the layer raises, as it may beyond its domain."""
    try:
        return sample(trial)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None


def most_operations(sample: Callable[[Trial], Made], trial: Trial) -> int:
    """Return how many operations a run with noise may take, by a run without."""
    dice = Dice(None)
    attempted(sample, replace(trial, dice=dice))
    return MOST * (sys.maxsize - dice.left) + SPARE


def at_random(trial: Trial, rng: Rng, most: int) -> Trial:
    """Return a trial that rounds at random, for so many operations."""
    return replace(trial, dice=Dice(rng, most))
