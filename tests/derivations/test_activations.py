"""Sigmoid, tanh and ReLU (R3): values, slopes, and the ends of the number line."""

import numpy as np
import pytest

from derivations.activations import relu, relu_vjp, sigmoid, sigmoid_vjp, tanh, tanh_vjp

VJPS = {"sigmoid": sigmoid_vjp, "tanh": tanh_vjp, "relu": relu_vjp}
HUGE = np.array([1e300, -1e300, 1e308, -1e308, 800.0, -800.0])


def slope(vjp, x):
    return vjp(x)[1](np.ones_like(x))


def test_values_in_the_middle():
    assert sigmoid(np.array(0.0)) == 0.5
    assert tanh(np.array(0.0)) == 0.0
    np.testing.assert_array_equal(relu(np.array([-2.0, 0.0, 3.0])), [0, 0, 3])


def test_slopes_in_the_middle():
    assert slope(sigmoid_vjp, np.array(0.0)) == 0.25
    assert slope(tanh_vjp, np.array(0.0)) == 1.0
    np.testing.assert_array_equal(slope(relu_vjp, np.array([-2.0, 3.0])), [0, 1])


def test_the_jacobian_is_diagonal():
    """R3: diag(σ'(z)) times upstream, here with every column of the identity as upstream."""
    z = np.array([-1.0, 0.5, 2.0])
    for vjp in VJPS.values():
        pullback = vjp(z)[1]
        rows = np.stack([pullback(one_hot) for one_hot in np.eye(3)])
        np.testing.assert_array_equal(rows, np.diag(pullback(np.ones(3))))


def test_relu_takes_the_slope_zero_at_its_kink():
    assert slope(relu_vjp, np.array(0.0)) == 0.0


@pytest.mark.parametrize("name", VJPS)
def test_huge_inputs_neither_overflow_nor_warn(name):
    y, pullback = VJPS[name](HUGE)
    assert np.isfinite(y).all()
    assert np.isfinite(pullback(np.ones_like(HUGE))).all()


def test_saturated_values_are_exact():
    np.testing.assert_array_equal(sigmoid(HUGE), [1, 0, 1, 0, 1, 0])
    np.testing.assert_array_equal(tanh(HUGE), [1, -1, 1, -1, 1, -1])


def test_slopes_keep_their_digits_far_from_zero():
    """1 − σ(40) and 1 − tanh²(40) are 0 in double precision; the slopes are not."""
    np.testing.assert_allclose(slope(sigmoid_vjp, np.array([40.0, -40.0])), np.exp(-40.0), rtol=1e-15)
    np.testing.assert_allclose(slope(tanh_vjp, np.array([40.0, -40.0])), 4 * np.exp(-80.0), rtol=1e-15)


@pytest.mark.parametrize("name", VJPS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(name, dtype):
    y, pullback = VJPS[name](np.array([-1, 0, 2], dtype))
    assert y.dtype == pullback(np.ones(3, dtype)).dtype == dtype


@pytest.mark.parametrize("name", VJPS)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_any_shape_is_kept(name, shape):
    x = np.ones(shape)
    y, pullback = VJPS[name](x)
    assert y.shape == np.shape(pullback(np.ones(shape))) == shape
