"""What a gradient gives over many examples: to the bit, with what was raised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck._util import identical, silence_warnings, untouched_randomness, widen
from gradcheck.errors import NothingToLearn, is_control
from gradcheck.evaluation import Calls, Trial
from gradcheck.layers import Layer
from gradcheck.running import example_seed
from gradcheck.sampling import NoExample, explore_cases
from gradcheck.types import Array

EXAMPLES = 60
"""Examples over which a mutant must give the original's bits to be called equivalent, each with its variants.
Half leaves pairs of options untried; twice as much takes a second for each mutant that lives."""
WIDER = 20
"""As many of each wider declaration: there are some twenty of them."""
WHOLE = 3
"""Inputs of whole numbers are drawn up to this: small ones tie."""
CONSTANTS = 0.5
"""The part of the entries that are set to numbers that stand in the source, where comparisons tie."""


@dataclass(frozen=True)
class Outcome:
    """What a layer gave at one example: the value and the cotangents, or what it raised."""

    arrays: tuple[Array | None, ...] = ()
    raised: str = ""


@dataclass(frozen=True)
class Try:
    """An example at which two gradients are compared.

    Its kind is ``"drawn"``, ``"large"``, ``"whole"``, ``"threshold"`` or ``"float32"``.
    """

    kind: str
    trial: Trial


@dataclass(frozen=True)
class Difference:
    """How far two gradients are apart over examples.

    Parameters
    ----------
    relative
        The largest difference, as a part of the largest entry; infinite where one of them raises, or has
        another form.
    units
        The same in rounding units of the example's own precision.
    where
        The examples at which they are not the same.
    """

    relative: float = 0.0
    units: float = 0.0
    where: tuple[Try, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is one."""
        return bool(self.where)

    @property
    def kinds(self) -> set[str]:
        """The kinds of these examples."""
        return {each.kind for each in self.where}


def tries_of(layer: Layer, seed: int, numbers: Sequence[float], examples: int = EXAMPLES) -> list[Try]:
    """Return examples of a layer, and others with its inputs changed: whole numbers, ties, other precisions.

    Parameters
    ----------
    layer
        The layer.
    seed
        Decides the examples.
    numbers
        Numbers that stand in its source.
    examples
        How many are drawn, of which the others are made.
    """
    found: list[Try] = []
    own_seed = example_seed(layer, seed)
    for kind, count in (("drawn", examples), ("large", examples // 4)):

        def keep(case: Any, kind: str = kind) -> None:
            with suppress(NothingToLearn):  # an example at which nothing can be checked
                found.append(Try(kind, Trial.of(layer, case.primals, case.options, case.seed, Calls())))

        with suppress(NoExample, NothingToLearn):
            is_large = kind == "large"
            explore_cases(keep, layer, seed=own_seed, max_examples=count, shrink=False, further=is_large)
    return [
        *found,
        *(other for each in found if each.kind == "drawn" for other in _changed(each.trial, numbers)),
    ]


def _changed(trial: Trial, numbers: Sequence[float]) -> Iterator[Try]:
    """Yield an example with other values: where kinks and thresholds are, and in single precision."""
    rng = trial.rng("mutants")
    whole, at_numbers = list(trial.primals), list(trial.primals)
    for i in trial.active:
        x = trial.primals[i]
        low, high = trial.bounds(i)
        drawn = np.asarray(rng.integers(-WHOLE, WHOLE + 1, x.shape)).astype(x.dtype)
        whole[i] = np.clip(drawn, low, high).astype(x.dtype)
        if numbers:
            chosen = rng.choice(np.asarray(numbers), x.shape).astype(x.dtype)
            mixed = np.where(rng.random(x.shape) < CONSTANTS, chosen, x)
            at_numbers[i] = np.clip(mixed, low, high).astype(x.dtype)
    yield Try("whole", trial.at(tuple(whole)))
    if numbers:
        yield Try("threshold", trial.at(tuple(at_numbers)))
    yield Try("float32", trial.cast(np.float32))


def outcomes_of(tries: Sequence[Try]) -> list[Outcome]:
    """Return what the layer gives at each example, the same for the same bits of code."""
    with untouched_randomness(), silence_warnings():
        return [_outcome(each.trial) for each in tries]


def _outcome(trial: Trial) -> Outcome:
    np.random.seed(trial.seed % 2**32)  # noqa: NPY002 -- of a layer that draws from the global generator
    rng = trial.rng("cotangent of mutants")
    try:
        y, pullback = trial.linearise()
        y_bar = np.asarray(rng.standard_normal(y.shape)).astype(y.dtype)
        first = pullback(y_bar)
        again = pullback(np.rint(3 * y_bar).astype(y.dtype))
        return Outcome((y, *first, *again))
    except BaseException as cause:
        if is_control(cause) and not isinstance(cause, Exception):
            raise
        return Outcome(raised=type(getattr(cause, "cause", None) or cause).__name__)


def compare(tries: Sequence[Try], some: Sequence[Outcome], others: Sequence[Outcome]) -> Difference:
    """Return how far outcomes at the same examples are apart."""
    apart = [_apart(one, other) for one, other in zip(some, others, strict=True)]
    where = tuple(each for each, distance in zip(tries, apart, strict=True) if distance > 0.0)
    units = [distance / each.trial.eps for each, distance in zip(tries, apart, strict=True)]
    return Difference(max(apart, default=0.0), max(units, default=0.0), where)


def neighbours_of(tries: Sequence[Try]) -> list[Try]:
    """Return examples beside others: what ties in these ties no more."""
    found = []
    for each in tries:
        with suppress(NothingToLearn):
            found.append(Try(each.kind, each.trial.neighbour(each.trial.rng("beside"))))
    return found


def _apart(one: Outcome, other: Outcome) -> float:
    if one.raised or other.raised:
        return 0.0 if one.raised == other.raised else np.inf
    if len(one.arrays) != len(other.arrays):
        return np.inf
    return max((_distance(a, b) for a, b in zip(one.arrays, other.arrays, strict=True)), default=0.0)


def _distance(a: Any, b: Any) -> float:
    """Return the relative difference of two arrays, 0 for the same bits; the sign of a zero is none."""
    if a is None or b is None:
        return 0.0 if a is b else np.inf
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype == b.dtype and a.shape == b.shape and identical(a + 0, b + 0):
        return 0.0
    if a.shape != b.shape or a.dtype != b.dtype or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return np.inf
    fine = np.isfinite(a)
    a, b = widen(a[fine]), widen(b[fine])
    if a.size == 0 or np.array_equal(a, b):
        return 0.0
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b))))
