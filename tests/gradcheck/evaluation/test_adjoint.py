"""Two ways to one slope, and what rounding leaves between them."""

import numpy as np
import pytest

from gradcheck.evaluation.adjoint import SlopePair, slope_scatter
from tests.gradcheck.example_layers import SQUARE, point_of

X = np.array([1.0, -2.0, 3.0])


def test_both_ways_give_the_slope_and_the_size_of_its_terms():
    point, v = point_of(SQUARE, X), np.array([1.0, 0.5, -1.0])
    slopes = SlopePair.of(point, {0: v}, 2 * X * v)
    assert slopes.derived == pytest.approx(slopes.other)
    assert slopes.scale == pytest.approx(np.sum(np.abs(point.y_bar * 2 * X * v)))
    assert slopes.terms == pytest.approx(max(slopes.scale, point.size))


def test_scatter_is_of_the_size_of_rounding():
    point, v = point_of(SQUARE, X), np.array([1.0, 0.5, -1.0])
    scatter = slope_scatter(point, {0: v}, lambda trial: 2 * trial.primals[0] * v)()
    assert scatter.shape == ()
    assert 0.0 <= scatter < 1e-14
