"""Mean squared error (R1, R2) and softmax cross-entropy."""

import numpy as np
import pytest

from derivations.losses import (
    cross_entropy,
    cross_entropy_vjp,
    log_softmax,
    mean_squared_error,
    mean_squared_error_vjp,
)

HUGE = 1e300


def test_mean_squared_error_is_the_mean_of_the_squares():
    assert mean_squared_error(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 7.0])) == 20 / 3


def test_its_gradient_is_two_over_n_times_the_difference():
    a, y = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[1.0, 0.0], [7.0, 1.0]])
    a_bar, y_bar = mean_squared_error_vjp(a, y)[1](1.0)
    np.testing.assert_array_equal(a_bar, [[0, 1], [-2, 4]])  # n = 4: every entry counts
    np.testing.assert_array_equal(y_bar, -a_bar)


def test_upstream_multiplies_a_loss_gradient():
    a, y = np.array([1.0, 2.0]), np.array([0.0, 0.0])
    once, thrice = (mean_squared_error_vjp(a, y)[1](c_bar)[0] for c_bar in (1.0, -3.0))
    np.testing.assert_array_equal(thrice, -3 * once)


def test_uniform_scores_cost_the_logarithm_of_the_number_of_classes():
    assert cross_entropy(np.zeros((3, 4)), np.eye(4)[:3]) == pytest.approx(np.log(4), rel=1e-15)


def test_the_gradient_of_one_hot_targets_is_p_minus_t_over_n():
    z, t = np.log(np.array([[1.0, 3.0], [3.0, 1.0]])), np.eye(2)
    z_bar, t_bar = cross_entropy_vjp(z, t)[1](1.0)
    np.testing.assert_allclose(z_bar, [[-0.375, 0.375], [0.375, -0.375]], rtol=1e-15)
    assert t_bar is None


def test_targets_that_do_not_sum_to_one_scale_the_softmax():
    z, t = np.log(np.array([[1.0, 3.0]])), np.array([[2.0, 3.0]])
    z_bar, _ = cross_entropy_vjp(z, t)[1](1.0)
    np.testing.assert_allclose(z_bar, [[5 * 0.25 - 2, 5 * 0.75 - 3]], rtol=1e-14)


def test_adding_a_constant_to_a_row_changes_nothing():
    z, t = np.array([[1.0, 2.0, 4.0]]), np.array([[0.0, 1.0, 0.0]])
    assert cross_entropy(z + 64, t) == cross_entropy(z, t)
    np.testing.assert_array_equal(cross_entropy_vjp(z + 64, t)[1](1.0)[0], cross_entropy_vjp(z, t)[1](1.0)[0])


def test_huge_scores_neither_overflow_nor_warn():
    z, t = np.array([[HUGE, -HUGE], [-HUGE, HUGE]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    loss, pullback = cross_entropy_vjp(z, t)
    assert loss == 0.0
    np.testing.assert_array_equal(pullback(1.0)[0], np.zeros((2, 2)))


def test_a_confident_mistake_costs_its_margin_and_saturates_in_slope():
    z, t = np.array([[HUGE, -HUGE]]), np.array([[0.0, 1.0]])
    loss, pullback = cross_entropy_vjp(z, t)
    assert loss == 2 * HUGE
    np.testing.assert_array_equal(pullback(1.0)[0], [[1, -1]])


def test_log_softmax_keeps_what_the_logarithm_of_softmax_loses():
    np.testing.assert_array_equal(log_softmax(np.array([[0.0, -1000.0]])), [[0, -1000]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_keep_the_dtype(dtype):
    z, t = np.ones((2, 3), dtype), np.eye(3, dtype=dtype)[:2]
    c_bar = dtype(1)
    for vjp in (mean_squared_error_vjp, cross_entropy_vjp):
        c, pullback = vjp(z, t)
        assert c.dtype == dtype
        assert [bar.dtype for bar in pullback(c_bar) if bar is not None] == [dtype] * (
            2 if vjp is mean_squared_error_vjp else 1
        )
