"""The fast pooling is the reference's, ties, overlaps, borders and NaN included."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from derivations import pooling
from derivations.fast import max_pool, max_pool_vjp
from derivations.windows import pair

SIZES = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))


@given(
    st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 8), st.integers(1, 8)),
    SIZES,
    st.one_of(st.none(), SIZES),
    st.integers(0, 1),
    st.sampled_from([2, 100]),
    st.integers(0, 2**32 - 1),
)
def test_values_and_placements_are_the_references_to_the_last_bit(
    shape, window, stride, padding, levels, seed
):
    """Few levels make ties in nearly every window."""
    rows, cols = pair(window)
    assume(padding < min(rows, cols) and rows <= shape[2] + 2 * padding and cols <= shape[3] + 2 * padding)
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, shape).astype(float)
    options = {"window": window, "stride": stride, "padding": padding}
    y, pullback = max_pool_vjp(x, **options)
    expected, reference = pooling.max_pool_vjp(x, **options)
    y_bar = rng.integers(-9, 10, y.shape).astype(float)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(max_pool(x, **options), expected)
    np.testing.assert_array_equal(pullback(y_bar), reference(y_bar))


def test_the_first_of_equal_maxima_wins():
    _, pullback = max_pool_vjp(np.ones((2, 2)))
    np.testing.assert_array_equal(pullback(np.array([[5.0]])), [[5, 0], [0, 0]])


def test_windows_that_overlap_add_what_they_send():
    x = np.array([[0.0, 1, 0]] * 3)
    x[1, 1] = 2
    _, pullback = max_pool_vjp(x, window=2, stride=1)
    np.testing.assert_array_equal(pullback(np.array([[1.0, 2], [3, 4]])), [[0, 0, 0], [0, 10, 0], [0, 0, 0]])


def test_nan_is_the_maximum_and_receives_the_cotangent_as_in_the_reference():
    x = np.array([[1.0, np.nan, 3, 4], [np.nan, 2, 5, 6]])
    y, pullback = max_pool_vjp(x)
    expected, reference = pooling.max_pool_vjp(x)
    y_bar = np.array([[7.0, 8]])
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(pullback(y_bar), reference(y_bar))


def test_single_precision_stays_single_and_the_pullback_forgets_nothing():
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 6)).astype("f")
    y, pullback = max_pool_vjp(x)
    y_bar = np.ones_like(y)
    first = pullback(y_bar)
    assert (y.dtype, first.dtype) == (np.float32, np.float32)
    x[:] = 0
    np.testing.assert_array_equal(pullback(y_bar), first)
    assert not np.shares_memory(first, y_bar)


@pytest.mark.parametrize(
    "options", [{"window": 5}, {"window": 2, "padding": 2}, {"window": (1, 2), "padding": 1}]
)
def test_a_window_that_does_not_fit_is_refused(options):
    with pytest.raises(ValueError, match="must be larger than the padding"):
        max_pool(np.ones((1, 1, 4, 4)), **options)
