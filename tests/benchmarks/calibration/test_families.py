"""What the benchmark calls a right gradient is right, in the precision in which it is asked."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.calibration.draw import case
from benchmarks.calibration.families import FAMILIES
from gradcheck import Verdict
from gradcheck.checks import CHECKS
from gradcheck.running.verify import run

SEED = 3
POINTS = 3
"""So many ordinary points of a family: at one of them its slopes may all be zero by chance."""
MEASURED = [check for check in CHECKS if check.name == "finite-difference"]


def drawn(index, dtype, turn=0):
    return case(SEED, index + turn * len(FAMILIES), ("ordinary",), (2, 4), (dtype,))


def measured(at):
    return run(at.layer, at.primals, dict(at.options), seed=0, max_examples=1, checks=MEASURED)


@pytest.mark.parametrize("index", range(len(FAMILIES)))
def test_a_family_agrees_with_a_measured_slope_at_ordinary_points(index):
    reports = [measured(drawn(index, "float64", turn)) for turn in range(POINTS)]
    assert [r.findings for r in reports if r.verdict is Verdict.WRONG] == []
    assert any(r.sensitivity is not None for r in reports), [r.findings for r in reports]


@pytest.mark.parametrize("index", range(len(FAMILIES)))
def test_a_family_keeps_single_precision(index):
    at = drawn(index, "float32")
    y, pullback = at.layer.vjp(*at.primals, **at.options)
    bars = pullback(np.ones_like(y)[()])
    given = [np.asarray(b) for b in (bars if isinstance(bars, tuple) else (bars,)) if b is not None]
    assert {np.asarray(y).dtype, *(bar.dtype for bar in given)} == {np.dtype(np.float32)}


def test_names_are_unique():
    names = [family.name for family in FAMILIES]
    assert [name for name, count in Counter(names).items() if count > 1] == []
