"""A layer run with operations that round at random, beside an ordinary run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from gradcheck._util import identical
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.dice import Dice
from gradcheck.evaluation.trial import Trial
from gradcheck.types import Array, Rng

Made = TypeVar("Made")


@dataclass(frozen=True)
class Ordinary(Generic[Made]):
    """What `sample` makes of a trial without noise, and what the layer returned meanwhile.

    `sample` must make the same of the same trial each time, but for the noise.
    """

    sample: Callable[[Trial], Made]
    trial: Trial
    made: Made
    returned: list[Array]

    @classmethod
    def of(cls, sample: Callable[[Trial], Made], trial: Trial) -> Ordinary[Made] | None:
        """Run without noise; None where the layer raises, as it may beyond its domain."""
        dice = Dice(None)
        made = _attempted(sample, trial, dice)
        return None if made is None else cls(sample, trial, made, dice.returned)

    def at_random(self, rng: Rng) -> Made | None:
        """Run with noise; None where the layer raises or behaves in another way then.

        It may ask what kind of array it was given.
        """
        dice = Dice(rng)
        try:
            made = _attempted(self.sample, self.trial, dice)
        finally:
            dice.is_over = True  # a layer may have kept arrays that would go on
        return made if _are_same(self.returned, dice.returned) else None


def _attempted(sample: Callable[[Trial], Made], trial: Trial, dice: Dice) -> Made | None:
    try:
        return sample(replace(trial, dice=dice))
    except NothingToLearn:
        return None


def _are_same(some: list[Array], others: list[Array]) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(identical(a, b) for a, b in pairs)
