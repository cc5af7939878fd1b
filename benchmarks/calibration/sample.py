"""The fixed sample of the ablation: right gradients that may raise no alarm, wrong ones that must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from benchmarks.calibration import false_alarms
from benchmarks.calibration.draw import Case
from benchmarks.calibration.faults import Fault, plant
from benchmarks.calibration.hard import HARD
from benchmarks.calibration.points import POINTS, place
from derivations import LAYERS
from gradcheck import Layer
from gradcheck.checks import CHECKS, JACOBIAN, Check
from gradcheck.running import run
from tests.broken import BROKEN

MEASURED = tuple(check for check in CHECKS if check.name == "finite-difference")
SIZES = (1e-4, 1e-6)
"""Of the error that is planted in one entry."""
SMALL = 120
"""Up to so many entries of a Jacobian, the points of the sample are looked at entry by entry too."""
SLOW = ("article_cnn", "cnn", "cnn_on_digits", "conv3d", "fast_conv2d", "fast_max_pool", "fft_conv2d")
"""Layers that would take a third of the time, and show no more than their parts do."""


@dataclass(frozen=True)
class Size:
    """How large a sample is.

    Parameters
    ----------
    right
        Right points.
    planted
        Points with a planted error, of each set.
    broken
        Broken layers for each check that is to catch them.
    examples
        Examples of a layer over random shapes.
    seeds
        Seeds at which every hard point is looked at.
    """

    right: int
    planted: int
    broken: int
    examples: int
    seeds: int


FULL = Size(right=200, planted=32, broken=2, examples=8, seeds=4)
QUICK = Size(right=15, planted=3, broken=1, examples=1, seeds=1)


@dataclass(frozen=True)
class Subject:
    """A layer at a point or over random shapes, and the checks that it goes through."""

    name: str
    is_right: bool
    layer: Layer
    checks: tuple[Check, ...]
    seed: int = 0
    primals: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    examples: int = 1

    def judge(self, check: Check) -> str:
        """Return the verdict of one check, or the name of the exception that it came to."""
        try:
            report = run(
                self.layer,
                self.primals,
                dict(self.options),
                seed=self.seed,
                max_examples=self.examples,
                checks=[check],
                explain=False,
            )
        except Exception as raised:  # a constant far off may break anything
            return type(raised).__name__
        return report.results[0].verdict.value


def sample(size: Size, seed: int) -> list[Subject]:
    """Return the sample of a size: the same for the same seed."""
    parts = (_right(size, seed), _over_shapes(size), _planted(size, seed), _broken(size), _hard(size))
    return [subject for part in parts for subject in part]


def _right(size: Size, seed: int) -> Iterator[Subject]:
    for index in range(size.right):
        drawn = false_alarms.right(seed, index)
        name, at = f"{drawn.family.name}, {drawn.kind}, {index}", (drawn.primals, drawn.options)
        yield Subject(name, True, drawn.layer, _with_jacobian(CHECKS, drawn), index, *at)


def _over_shapes(size: Size) -> Iterator[Subject]:
    for layer in LAYERS:
        if layer.name not in SLOW:
            yield Subject(f"{layer.name} over shapes", True, layer, CHECKS, examples=size.examples)


def _planted(size: Size, seed: int) -> Iterator[Subject]:
    for points in POINTS:
        for index in range(size.planted):
            found = place(points, seed, index)
            if found is None:
                continue
            drawn, where = found.drawn, f"{found.drawn.family.name}, {points}, {index}"
            for error, check in product(SIZES, _with_jacobian(MEASURED, drawn)):
                layer, name = plant(drawn.layer, Fault("one entry", error), found.at), f"{where}, {error:.0e}"
                at = (drawn.primals, drawn.options)
                yield Subject(f"{name}, {check.name}", False, layer, (check,), index, *at)


def _broken(size: Size) -> Iterator[Subject]:
    taken: Counter[str] = Counter()
    for entry in BROKEN:
        taken[entry.caught_by] += 1
        if taken[entry.caught_by] <= size.broken:
            checks = tuple(check for check in CHECKS if check.name == entry.caught_by)
            yield Subject(entry.layer.name, False, entry.layer, checks, examples=size.examples)


def _hard(size: Size) -> Iterator[Subject]:
    for hard, seed in product(HARD, range(size.seeds)):
        name = f"{hard.name}, seed {seed}"
        yield Subject(name, hard.is_right, hard.layer, MEASURED, seed, (hard.x,))


def _with_jacobian(checks: tuple[Check, ...], drawn: Case) -> tuple[Check, ...]:
    y = drawn.layer.forward(*drawn.primals, **drawn.options)
    entries = np.size(y) * max(x.size for x in drawn.primals)
    return (*checks, JACOBIAN) if entries <= SMALL else checks
