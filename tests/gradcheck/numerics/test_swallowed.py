"""Where a constant swallows the digits of what is small, a slope is known coarsely, and is not zero."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check, numerical_gradient


def softplus(x):
    return np.log(1.0 + np.exp(x)).sum()


def softplus_slope(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize("x", [-16.0, -18.0, -23.95114270871821, -26.232252151851295, -30.0, -35.0, -40.0])
def test_error_bars_hold_where_small_steps_find_a_function_constant(x):
    found = numerical_gradient(softplus, [x])
    assert abs(found.value[0] - softplus_slope(x)) <= found.error[0]


@pytest.mark.parametrize("seed", range(20))
def test_error_bars_hold_far_down_a_tail(seed):
    x = np.random.default_rng(seed).uniform(4.0, 18.0, 1)
    found = numerical_gradient(lambda x: (1.0 - np.tanh(x)).sum(), x)
    assert abs(found.value[0] + 1.0 / np.cosh(x[0]) ** 2) <= found.error[0]


@pytest.mark.parametrize("x", [-16.0, -18.0, -20.0, -25.0])
@pytest.mark.parametrize("factor", [0.0, 1.1, 2.0])
def test_a_wrong_slope_of_a_tail_is_found(x, factor):
    layer = Layer.from_gradient(softplus, lambda x: factor * softplus_slope(x))
    assert check(layer, [x]).verdict is Verdict.WRONG


@pytest.mark.parametrize("x", [-5.0, -16.0, -18.0, -25.0, -33.0, -37.0])
@pytest.mark.parametrize(
    "slope", [softplus_slope, lambda x: 1.0 - 1.0 / (1.0 + np.exp(x))], ids=["exact", "lossy"]
)
def test_a_right_slope_of_a_tail_accuses_nobody(x, slope):
    assert check(Layer.from_gradient(softplus, slope), [x]).verdict is not Verdict.WRONG


def test_a_region_that_is_flat_keeps_its_slope_of_exactly_zero():
    found = numerical_gradient(lambda x: np.maximum(x - 1.0, 0.0).sum() ** 2, [0.9])
    assert found.value[0] == 0.0
    assert found.error[0] < 1e-12
