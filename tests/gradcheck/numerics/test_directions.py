"""Directions are dense and signed, and no entry's predicted effect drowns the output."""

import numpy as np
import pytest

from gradcheck.numerics.directions import Scaling, direction
from tests.gradcheck.example_layers import SQUARE, elementwise, point_of

X = np.array([1e-3, -2.0, 30.0, 0.0])


@pytest.mark.parametrize("scaling", Scaling)
def test_every_entry_moves(scaling):
    v = direction(point_of(SQUARE, X).near(0), np.random.default_rng(0), scaling)
    assert v.shape == X.shape
    assert np.all(v != 0.0)
    assert np.all(np.isfinite(v))


def test_both_signs_occur():
    v = direction(point_of(SQUARE, np.ones(100)).near(0), np.random.default_rng(0))
    assert 20 < np.sum(v > 0) < 80


def test_relative_direction_moves_in_proportion_and_zeros_by_the_mean_size():
    v = np.abs(direction(point_of(SQUARE, X).near(0), np.random.default_rng(0), Scaling.RELATIVE))
    assert np.all((np.abs(X[:3]) <= v[:3]) & (v[:3] <= 2 * np.abs(X[:3])))
    assert v[3] >= np.sqrt(np.mean(X**2))


def test_unit_direction_moves_by_one_at_least():
    v = direction(point_of(SQUARE, 1e-6 * X).near(0), np.random.default_rng(0), Scaling.UNIT)
    assert np.all((np.abs(v) >= 1.0) & (np.abs(v) <= 2.0))


def test_capped_direction_moves_a_steep_entry_less():
    slopes = np.array([1.0, 1e9])
    layer = elementwise(lambda x: np.sin(slopes * x), lambda x: slopes * np.cos(slopes * x))
    point = point_of(layer, np.array([1.0, 1.0]))
    v = np.abs(direction(point.near(0), np.random.default_rng(0)))
    assert v[1] <= 1e-3 * v[0]
    assert np.all(v * np.abs(point.x_bar(0)) <= 2 * point.size * (1 + 1e-12))


def test_zero_input_moves_by_one():
    v = direction(
        point_of(elementwise(lambda x: x + 1e9, np.ones_like), np.zeros(3)).near(0), np.random.default_rng(0)
    )
    assert np.all((np.abs(v) >= 1.0) & (np.abs(v) <= 2.0))
