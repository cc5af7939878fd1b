"""Flattening (F1): values move, the gradient moves back."""

import numpy as np
import pytest

from derivations.flatten import flatten, flatten_vjp

X = np.arange(24.0).reshape(2, 3, 2, 2)


def test_each_sample_becomes_one_row_in_row_major_order():
    np.testing.assert_array_equal(flatten(X), np.arange(24).reshape(2, 12))


def test_the_order_is_that_of_the_indices_not_of_the_memory():
    np.testing.assert_array_equal(flatten(np.asfortranarray(X)), flatten(X))


def test_the_gradient_is_upstream_in_the_shape_of_the_input():
    y_bar = np.arange(24.0).reshape(2, 12) ** 2
    np.testing.assert_array_equal(flatten_vjp(X)[1](y_bar), X**2)


def test_neither_direction_returns_a_view():
    y, pullback = flatten_vjp(X)
    y_bar = np.ones((2, 12))
    assert not np.shares_memory(y, X)
    assert not np.shares_memory(pullback(y_bar), y_bar)


@pytest.mark.parametrize("shape", [(0, 3, 2, 2), (2, 0, 2, 2), (1, 1, 1, 1), (3, 0)])
def test_zero_sizes_flatten_and_come_back(shape):
    y, pullback = flatten_vjp(np.zeros(shape))
    assert y.shape == (shape[0], int(np.prod(shape[1:])))
    assert pullback(np.zeros(y.shape)).shape == shape


def test_float32_stays_float32():
    y, pullback = flatten_vjp(X.astype(np.float32))
    assert y.dtype == pullback(y).dtype == np.float32
