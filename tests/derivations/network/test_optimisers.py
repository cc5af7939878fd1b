"""The optimisers' first two steps, against numbers worked out by hand."""

import numpy as np
import pytest

from derivations.network.optimisers import OPTIMISERS, adam, at_rest, momentum

THETA = (np.array([1.0, -2.0], "f"), np.array([[0.5]], "f"))
GRADIENTS = (np.array([0.5, -1.0], "f"), np.array([[2.0]], "f"))


def steps(optimiser, count, rate=0.1):
    parameters, moments = THETA, at_rest(THETA)
    for _ in range(count):
        parameters, moments = optimiser(parameters, GRADIENTS, moments, rate)
    return parameters, moments


def test_momentum_adds_nine_tenths_of_the_last_velocity():
    """v = g, then 1.9 g: θ − 0.1 g, then θ − 0.29 g."""
    np.testing.assert_allclose(steps(momentum, 1)[0][0], [0.95, -1.9], rtol=1e-6)
    np.testing.assert_allclose(steps(momentum, 2)[0][0], [1 - 0.29 * 0.5, -2 + 0.29], rtol=1e-6)


def test_adam_first_moves_every_entry_by_the_rate_whatever_the_gradients_size():
    """m̂ = g and ŝ = g² after one step, so that θ moves by η g/|g|."""
    parameters, moments = steps(adam, 1)
    np.testing.assert_allclose(parameters[0], [0.9, -1.9], rtol=1e-6)
    np.testing.assert_allclose(parameters[1], [[0.4]], rtol=1e-6)
    np.testing.assert_allclose(moments.first[0], [0.05, -0.1], rtol=1e-6)
    np.testing.assert_allclose(moments.second[1], [[0.004]], rtol=1e-4)


def test_adam_with_another_gradient_in_the_second_step():
    """θ = 0, g = 1 then 3: m̂ = 0.39/0.19, ŝ = 0.009999/0.001999, θ = −η − η m̂/√ŝ."""
    theta, moments = (np.zeros(1),), at_rest((np.zeros(1),))
    for gradient in (1.0, 3.0):
        theta, moments = adam(theta, (np.array([gradient]),), moments, 0.01)
    expected = -0.01 - 0.01 * (0.39 / 0.19) / (0.009999 / 0.001999) ** 0.5
    np.testing.assert_allclose(theta[0], [expected], rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_step_leaves_its_arguments_alone_and_stays_in_single_precision(name):
    before = [a.copy() for a in (*THETA, *GRADIENTS)]
    parameters, moments = steps(OPTIMISERS[name], 2)
    for a, kept in zip((*THETA, *GRADIENTS), before, strict=True):
        np.testing.assert_array_equal(a, kept)
    assert {a.dtype for group in (parameters, moments.first, moments.second) for a in group} == {
        np.dtype(np.float32)
    }
    assert moments.steps == 2
