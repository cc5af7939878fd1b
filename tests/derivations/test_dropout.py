"""Dropout: what is kept is enlarged, what is dropped gets nothing, and the mask is the caller's."""

import numpy as np
import pytest

from derivations.dropout import dropout, dropout_vjp

X, MASK = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, 0.0, 1.0])


def test_what_is_kept_is_enlarged_forward_and_backward():
    y, pullback = dropout_vjp(X, MASK, rate=0.75)
    np.testing.assert_array_equal(y, [4, 0, 0, 16])
    x_bar, mask_bar = pullback(np.ones(4))
    np.testing.assert_array_equal(x_bar, [4, 0, 0, 4])
    assert mask_bar is None


def test_nothing_happens_in_evaluation():
    y, pullback = dropout_vjp(X, MASK, training=False)
    np.testing.assert_array_equal(y, X)
    np.testing.assert_array_equal(pullback(X)[0], X)
    assert not np.shares_memory(y, X)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_expectation_stays(rate):
    mask = (np.random.default_rng(0).random(100_000) >= rate).astype(float)
    assert dropout(np.ones_like(mask), mask, rate=rate).mean() == pytest.approx(1, rel=0.05)


def test_a_boolean_mask_is_as_good():
    np.testing.assert_array_equal(dropout(X, MASK.astype(bool)), dropout(X, MASK))
