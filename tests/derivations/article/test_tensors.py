"""The fourth-order tensors as sums of Kronecker deltas (A2): their entries, and C4 and C7 out of them."""

import itertools

import numpy as np
import pytest

from derivations.convolution import cross_correlate, cross_correlate_vjp
from derivations.tensors import dY_dW, dY_dX

W = np.arange(1, 10).reshape(3, 3)
X = np.array([[10, 20], [30, 40]])
SHAPES = [((3, 3), (2, 2)), ((4, 5), (2, 3)), ((2, 2), (2, 2)), ((3, 1), (1, 1)), ((1, 4), (1, 4))]


def test_an_entry_is_w_shifted_or_x_where_the_index_lies_inside():
    by_x, by_w = dY_dX(W, (2, 2)), dY_dW((3, 3), X)
    assert by_x.shape == (2, 2, 2, 2)
    assert by_w.shape == (2, 2, 3, 3)
    for i, j, u, v in itertools.product(range(2), repeat=4):
        assert by_x[i, j, u, v] == W[i + u, j + v]
    for i, j, u, v in itertools.product(range(2), range(2), range(3), range(3)):
        inside = 0 <= u - i < 2 and 0 <= v - j < 2
        assert by_w[i, j, u, v] == (X[u - i, v - j] if inside else 0)


@pytest.mark.parametrize(("w", "x"), SHAPES)
def test_contracted_with_upstream_they_are_both_gradients(w, x):
    rng = np.random.default_rng(0)
    large, small = rng.integers(-9, 10, w), rng.integers(-9, 10, x)
    Y, pullback = cross_correlate_vjp(large, small)
    Y_bar = rng.integers(-9, 10, Y.shape)
    W_bar, X_bar = pullback(Y_bar)
    np.testing.assert_array_equal(np.einsum("ij,ijuv->uv", Y_bar, dY_dX(large, x)), X_bar)
    np.testing.assert_array_equal(np.einsum("ij,ijuv->uv", Y_bar, dY_dW(w, small)), W_bar)


@pytest.mark.parametrize(("w", "x"), SHAPES)
def test_contracted_with_its_own_operand_each_gives_back_y(w, x):
    """⋆ is bilinear, so that Euler's identity holds for each operand."""
    rng = np.random.default_rng(1)
    large, small = rng.integers(-9, 10, w), rng.integers(-9, 10, x)
    Y = cross_correlate(large, small)
    np.testing.assert_array_equal(np.einsum("ijuv,uv->ij", dY_dX(large, x), small), Y)
    np.testing.assert_array_equal(np.einsum("ijuv,uv->ij", dY_dW(w, small), large), Y)
