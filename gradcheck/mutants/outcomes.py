"""What a gradient gives over many examples: to the bit, with what was raised, and which lines ran."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradcheck._util import identical, silence_warnings, untouched_randomness, widen
from gradcheck.errors import is_control
from gradcheck.evaluation import Calls, Trial
from gradcheck.layers import Layer
from gradcheck.running import example_seed
from gradcheck.sampling import NoExample, StopExploring, explore_cases
from gradcheck.types import Array

EXAMPLES = 60
"""Examples over which a mutant must give the original's bits to be called equivalent, beside as many of each
wider declaration. Half leaves pairs of options untried; twice as much found no further difference."""
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
class Difference:
    """How far two gradients are apart over examples.

    Parameters
    ----------
    examples
        At how many they are not the same.
    relative
        The largest difference, as a part of the largest entry; infinite where one of them raises, or has
        another form.
    """

    examples: int = 0
    relative: float = 0.0

    def __bool__(self) -> bool:
        """Return whether there is one."""
        return self.examples > 0


def trials_of(layer: Layer, seed: int, numbers: Sequence[float] = ()) -> list[Trial]:
    """Return examples of a layer, and others with its inputs changed: whole numbers, ties, other precisions.

    Parameters
    ----------
    layer
        The layer.
    seed
        Decides the examples.
    numbers
        Numbers that stand in its source.
    """
    found: list[Trial] = []

    def keep(case: Any) -> None:
        with suppress(Exception):
            found.append(Trial.of(layer, case.primals, case.options, case.seed, Calls()))

    own_seed = example_seed(layer, seed)
    for further in (False, True):
        with suppress(StopExploring, NoExample, Exception):
            count = EXAMPLES // 4 if further else EXAMPLES
            explore_cases(
                keep, layer, seed=own_seed, max_examples=count, shrink=False, further=further
            )
    return [*found, *(other for trial in found[:EXAMPLES] for other in _changed(trial, numbers))]


def _changed(trial: Trial, numbers: Sequence[float]) -> Iterator[Trial]:
    """Yield an example with other values: where kinks and thresholds are, and in other precisions."""
    rng = trial.rng("mutants")
    whole = list(trial.primals)
    at_numbers = list(trial.primals)
    for i in trial.active:
        x = trial.primals[i]
        low, high = trial.bounds(i)
        drawn = np.asarray(rng.integers(-WHOLE, WHOLE + 1, x.shape)).astype(x.dtype)
        whole[i] = np.clip(drawn, low, high).astype(x.dtype)
        if numbers:
            chosen = rng.choice(np.asarray(numbers), x.shape).astype(x.dtype)
            mixed = np.where(rng.random(x.shape) < CONSTANTS, chosen, x)
            at_numbers[i] = np.clip(mixed, low, high).astype(x.dtype)
    yield trial.at(tuple(whole))
    if numbers:
        yield trial.at(tuple(at_numbers))
    yield trial.cast(np.float32)


def outcomes_of(trials: Sequence[Trial]) -> list[Outcome]:
    """Return what the layer gives at each example, the same for the same bits of code."""
    with untouched_randomness(), silence_warnings():
        return [_outcome(trial) for trial in trials]


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


def compare(some: Sequence[Outcome], others: Sequence[Outcome]) -> Difference:
    """Return how far outcomes at the same examples are apart."""
    apart = [_apart(one, other) for one, other in zip(some, others, strict=True)]
    return Difference(sum(each > 0.0 for each in apart), max(apart, default=0.0))


def _apart(one: Outcome, other: Outcome) -> float:
    if one.raised or other.raised:
        return 0.0 if one.raised == other.raised else np.inf
    if len(one.arrays) != len(other.arrays):
        return np.inf
    return max((_distance(a, b) for a, b in zip(one.arrays, other.arrays, strict=True)), default=0.0)


def _distance(a: Any, b: Any) -> float:
    """Return the relative difference of two arrays, 0 only for the same bits: but the sign of a zero is none."""
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
    return float(np.max(np.abs(a - b)) / np.max(np.abs(a))) if np.any(a) else np.inf


@contextmanager
def note_lines(codes: Collection[CodeType], lines: range) -> Iterator[Callable[[], bool]]:
    """Watch inside the block whether some lines of some code run.

    Yields
    ------
    ran
        ``ran()`` says whether one of them did.
    """
    seen, files = False, {(code.co_filename, code.co_firstlineno) for code in codes}

    def trace(frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG001 -- the form of a trace function
        nonlocal seen
        code = frame.f_code
        if seen or (code.co_filename, code.co_firstlineno) not in files:
            return None
        if event == "line" and frame.f_lineno in lines:
            seen = True
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: seen
    finally:
        sys.settrace(before)


def codes_in(code: CodeType) -> list[CodeType]:
    """Return some code and that of all functions in it."""
    inner = [part for part in code.co_consts if isinstance(part, CodeType)]
    return [code, *(found for part in inner for found in codes_in(part))]
