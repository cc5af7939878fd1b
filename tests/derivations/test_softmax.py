"""Softmax and log-sum-exp: probabilities, shifts, and scores that would overflow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from derivations.losses import log_softmax
from derivations.softmax import log_sum_exp, log_sum_exp_vjp, softmax, softmax_vjp

SCORES = arrays(np.float64, st.tuples(*[st.integers(1, 4)] * 3), elements=st.floats(-700, 700))
AXES = st.sampled_from([-1, 0, 1])


def test_values_by_hand():
    x = np.log([1.0, 2.0, 5.0])
    np.testing.assert_allclose(softmax(x), [1 / 8, 2 / 8, 5 / 8])
    assert log_sum_exp(x) == pytest.approx(np.log(8))


def test_the_jacobian_by_hand():
    """p = (¼, ¾): p(1 − p) on the diagonal, −p q beside it."""
    _, pullback = softmax_vjp(np.log([1.0, 3.0]))
    rows = np.stack([pullback(one_hot) for one_hot in np.eye(2)])
    np.testing.assert_allclose(rows, np.array([[3, -3], [-3, 3]]) / 16)


@given(SCORES, AXES)
def test_probabilities_add_up_to_one_and_their_input_cotangents_to_zero(x, axis):
    p, pullback = softmax_vjp(x, axis=axis)
    np.testing.assert_allclose(p.sum(axis=axis), 1)
    np.testing.assert_allclose(pullback(np.cos(x)).sum(axis=axis), 0, atol=1e-14)


@given(SCORES, AXES)
def test_the_cotangent_of_log_sum_exp_is_shared_out_among_the_scores(x, axis):
    y, pullback = log_sum_exp_vjp(x, axis=axis)
    np.testing.assert_allclose(pullback(np.cos(y)).sum(axis=axis), np.cos(y))


@given(SCORES, AXES)
def test_log_sum_exp_lies_above_the_maximum_by_at_most_the_logarithm_of_the_count(x, axis):
    above = log_sum_exp(x, axis=axis) - x.max(axis=axis)
    assert np.all((above >= -1e-12) & (above <= np.log(x.shape[axis]) + 1e-12))


def test_a_shift_of_all_scores_changes_no_probability():
    x = np.array([3.0, -1.0, 0.5])
    np.testing.assert_array_equal(softmax(x + 1024), softmax(x))
    assert log_sum_exp(x + 1024) == pytest.approx(log_sum_exp(x) + 1024, rel=1e-15)


def test_scores_that_would_overflow_do_not():
    x = np.array([1e300, -1e300, 1e300])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(softmax(x), [0.5, 0, 0.5])
        assert log_sum_exp(x) == 1e300


def test_softmax_is_the_exponential_of_log_softmax():
    z = np.random.default_rng(0).normal(size=(3, 5))
    np.testing.assert_allclose(softmax(z), np.exp(log_softmax(z)), rtol=1e-14)
