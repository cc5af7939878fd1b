"""A linear layer with wrong entries in one gradient, and what finding them takes."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck._util import unravel
from gradcheck.diagnosis import Meter, locate
from gradcheck.evaluation import Calls, Point, Trial
from gradcheck.numerics import direction
from gradcheck.types import Array

ROWS = 4
"""The batch: the search does not depend on it, the time of a forward call does."""
LARGEST, SMALLEST = -1, -5
"""Relative errors of wrong entries, as powers of ten; those between are spread evenly."""
SINGLE = 8
"""Single entries that are measured to tell how long all of them would take."""
CALLS = 4
"""Forward calls that measure one entry, as they measure a block of entries."""
BOUND = 6
"""A search is meant to take at most so many times k log₂(n) forward calls."""
W = 1


@dataclass(frozen=True)
class Search:
    """Wrong entries among all, and what it took to find them.

    Parameters
    ----------
    wrong, entries
        How many are wrong, and of how many.
    seed
        Where they are.
    exact
        Whether those that were found are those that are wrong, no more and no fewer.
    calls, seconds
        What the search took.
    each
        The seconds that one entry takes by itself.
    """

    wrong: int
    entries: int
    seed: int
    exact: bool
    calls: int
    seconds: float
    each: float

    @property
    def bound(self) -> float:
        """The most forward calls that the search is meant to take."""
        return BOUND * self.wrong * math.log2(self.entries)

    @property
    def fewer(self) -> float:
        """How many times as many forward calls checking entry by entry takes."""
        return CALLS * self.entries / self.calls

    @property
    def faster(self) -> float:
        """How many times as long checking entry by entry would take."""
        return self.each * self.entries / self.seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the search as plain values for JSON."""
        return {**vars(self), "bound": self.bound, "fewer": self.fewer, "faster": self.faster}


def search(size: int, wrong: int, seed: int) -> Search:
    """Make entries of the weights' gradient of a size × size linear layer wrong, and find them."""
    rng = np.random.default_rng(seed)
    places = {unravel(int(flat), (size, size)) for flat in rng.choice(size**2, wrong, replace=False)}
    errors = dict(zip(sorted(places), 10.0 ** rng.permutation(_exponents(wrong)), strict=True))
    primals = rng.standard_normal((ROWS, size)), rng.standard_normal((size, size))
    trial = Trial.of(linear(errors), primals, {}, seed, Calls(), is_user_point=True)
    point = Point.of(trial, trial.rng("point"))
    v = direction(point.near(W), trial.rng("direction"))
    before, started = trial.calls.forward, time.perf_counter()
    meter = Meter.of(point, W, v, trial.rng("noise"))
    located = locate(meter, "w_bar", None, trial.rng("probes"))
    seconds, calls = time.perf_counter() - started, trial.calls.forward - before
    found = set() if located is None else {unravel(flat, v.shape) for flat in located.entries}
    exact = located is not None and located.complete and found == places
    return Search(wrong, size**2, seed, exact, calls, seconds, _each(meter))


def linear(errors: dict[tuple[int, ...], float]) -> Layer:
    """Return y = x w whose cotangent of w is off by a relative error at each of some places."""

    def vjp(x: Array, w: Array) -> tuple[Array, Any]:
        def pullback(y_bar: Array) -> tuple[Array, Array]:
            w_bar = x.T @ y_bar
            for place, relative in errors.items():
                w_bar[place] *= 1.0 + relative
            return y_bar @ w.T, w_bar

        return x @ w, pullback

    return Layer(lambda x, w: x @ w, vjp, name="linear")


def _exponents(count: int) -> Array:
    return np.linspace(LARGEST, SMALLEST, count) if count > 1 else np.array([float(LARGEST)])


def _each(meter: Meter) -> float:
    """Return the seconds that it takes to measure one entry by itself."""
    started = time.perf_counter()
    for flat in range(SINGLE):
        meter.over_range(flat, flat + 1)
    return (time.perf_counter() - started) / SINGLE
