"""Batch and layer normalisation: what they make of their input, and what they do not see of it."""

import numpy as np
import pytest

from derivations.normalisation import batch_norm, batch_norm_vjp, layer_norm, layer_norm_vjp

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, 2.0, (4, 3, 5))
GAMMA, BETA = RNG.normal(size=3), RNG.normal(size=3)
G, B = RNG.normal(size=5), RNG.normal(size=5)


def test_two_entries_by_hand():
    """μ = 3, σ² = 4 + ε."""
    y = batch_norm(np.array([[1.0], [5.0]]), np.array([10.0]), np.array([1.0]), epsilon=0.0)
    np.testing.assert_array_equal(y, [[-9], [11]])


def test_a_channel_of_the_batch_gets_mean_beta_and_deviation_gamma():
    y = batch_norm(X, GAMMA, BETA, epsilon=0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 2)), BETA)
    np.testing.assert_allclose(y.std(axis=(0, 2)), np.abs(GAMMA))


def test_each_sample_gets_mean_zero_and_deviation_one():
    z = layer_norm(X, np.ones(5), np.zeros(5), epsilon=0.0)
    np.testing.assert_allclose(z.mean(axis=-1), 0, atol=1e-15)
    np.testing.assert_allclose(z.std(axis=-1), 1)


@pytest.mark.parametrize(
    ("vjp", "parameters", "axes"), [(batch_norm_vjp, (GAMMA, BETA), (0, 2)), (layer_norm_vjp, (G, B), (2,))]
)
def test_a_shift_and_a_stretch_of_the_input_are_not_seen(vjp, parameters, axes):
    """So x̄ is orthogonal to both: to ones, and to x − μ if ε = 0."""
    y, pullback = vjp(X, *parameters, epsilon=0.0)
    np.testing.assert_allclose(vjp(7 * X + 2, *parameters, epsilon=0.0)[0], y)
    x_bar, *_ = pullback(np.cos(X))
    np.testing.assert_allclose(x_bar.sum(axis=axes), 0, atol=1e-13)
    np.testing.assert_allclose((x_bar * X).sum(axis=axes), 0, atol=1e-12)


def test_samples_of_a_batch_depend_on_each_other_and_those_of_a_layer_do_not():
    one = np.zeros_like(X)
    one[0] = np.cos(X[0])
    assert batch_norm_vjp(X, GAMMA, BETA)[1](one)[0][1:].any()
    assert not layer_norm_vjp(X, G, B)[1](one)[0][1:].any()


def test_a_single_entry_is_no_information():
    x = np.array([[4.0]])
    y, pullback = batch_norm_vjp(x, np.array([3.0]), np.array([2.0]))
    assert y == 2.0
    assert pullback(np.ones((1, 1)))[0] == 0.0


def test_equal_entries_are_divided_by_the_root_of_epsilon():
    x_bar, *_ = batch_norm_vjp(np.ones((2, 1)), np.ones(1), np.ones(1), epsilon=0.25)[1](
        np.array([[1.0], [3.0]])
    )
    np.testing.assert_array_equal(x_bar, [[-2], [2]])


@pytest.mark.parametrize(("vjp", "size"), [(batch_norm_vjp, 3), (layer_norm_vjp, 5)])
def test_single_precision_stays_single(vjp, size):
    given = X.astype(np.float32), *(np.ones(size, np.float32),) * 2
    y, pullback = vjp(*given)
    assert {a.dtype for a in (y, *pullback(y))} == {np.dtype(np.float32)}
