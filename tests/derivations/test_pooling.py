"""Max-pooling: the article's numbers (M1, M2), and the corners that M3 leaves open."""

from itertools import product

import numpy as np
import pytest

import gradcheck
from derivations.pooling import max_pool, max_pool_oracle, max_pool_vjp, maximum_vjp

A = np.array([[5.0, 2.0, 7.0, 4.0], [6.0, 3.0, 2.0, 1.0], [8.0, 6.0, 5.0, 9.0], [1.0, 3.0, 6.0, 1.0]])


def pulled(x, y_bar, **options):
    return max_pool_vjp(np.asarray(x, float), **options)[1](np.asarray(y_bar, float))


def test_the_gradient_of_the_article_maximum():
    """M1."""
    y, pullback = maximum_vjp(np.array([5.0, 9.0, 7.0, 6.0]))
    assert y == 9
    np.testing.assert_array_equal(pullback(np.float64(1)), [0, 1, 0, 0])


def test_the_article_matrix_and_the_placement_of_its_gradient():
    """M2."""
    B, pullback = max_pool_vjp(A)
    np.testing.assert_array_equal(B, [[6, 7], [8, 9]])
    b11, b12, b21, b22 = 1.5, -2.0, 3.0, -4.5
    np.testing.assert_array_equal(
        pullback(np.array([[b11, b12], [b21, b22]])),
        [[0, 0, b12, 0], [b11, 0, 0, 0], [b21, 0, 0, b22], [0, 0, 0, 0]],
    )


def test_the_first_of_tied_maxima_gets_everything():
    np.testing.assert_array_equal(maximum_vjp(np.array([1.0, 4.0, 4.0]))[1](np.float64(3)), [0, 3, 0])
    np.testing.assert_array_equal(pulled(np.full((2, 2), 7.0), [[5.0]]), [[5, 0], [0, 0]])


def test_where_overlapping_windows_meet_the_placements_are_added():
    """M3's missing condition: 9 wins four windows of 2 × 2 at stride 1."""
    x = [[1, 2, 3], [4, 9, 5], [6, 7, 8]]
    np.testing.assert_array_equal(max_pool(np.array(x, float), stride=1), np.full((2, 2), 9))
    np.testing.assert_array_equal(
        pulled(x, [[1, 10], [100, 1000]], stride=1), 1111 * np.eye(3)[1] * [[0], [1], [0]]
    )


def test_padding_never_wins():
    x = np.full((2, 2), -1e300)
    np.testing.assert_array_equal(max_pool(x, window=3, padding=1, stride=1), x)
    x_bar = pulled(x, np.ones((2, 2)), window=3, padding=1, stride=1)
    assert x_bar.shape == (2, 2)
    assert x_bar.sum() == 4


def test_rows_and_columns_that_no_window_reaches_get_zero():
    x_bar = pulled(np.arange(25.0).reshape(5, 5), np.ones((2, 2)))
    assert not x_bar[4].any()
    assert not x_bar[:, 4].any()
    assert x_bar.sum() == 4


def test_a_stride_beyond_the_window_skips_entries():
    x = np.array([[1.0, 9.0, 2.0, 9.0, 3.0]])
    np.testing.assert_array_equal(max_pool(x, window=1, stride=2), [[1, 2, 3]])
    np.testing.assert_array_equal(pulled(x, [[4, 5, 6]], window=1, stride=2), [[4, 0, 5, 0, 6]])


def test_window_stride_and_padding_are_vertical_then_horizontal():
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(max_pool(x, window=(3, 1)), [[8, 9, 10, 11]])
    np.testing.assert_array_equal(max_pool(x, window=(1, 4)), [[3], [7], [11]])
    assert max_pool(x, window=2, stride=(1, 2)).shape == (2, 2)
    assert max_pool(x, window=2, stride=1, padding=(1, 0)).shape == (4, 3)


@pytest.mark.parametrize("window", [2, 3, (2, 1), (1, 3), (3, 2)])
def test_every_option_agrees_with_the_oracle_to_the_last_bit(window):
    x = np.random.default_rng(0).permutation(42).reshape(6, 7).astype(float)
    for stride, padding in product((None, 1, 2, (1, 2), (3, 1)), (0, (1, 0), (0, 1))):
        if not np.less(padding, np.broadcast_to(window, 2)).all():
            continue  # a window would hold nothing but padding
        options = {"window": window, "stride": stride, "padding": padding}
        (y, pullback), (expected, expected_pullback) = (
            max_pool_vjp(x, **options),
            max_pool_oracle(x, **options),
        )
        np.testing.assert_array_equal(y, expected, err_msg=str(options))
        y_bar = 1.0 + np.arange(y.size).reshape(y.shape)
        np.testing.assert_array_equal(pullback(y_bar), expected_pullback(y_bar), err_msg=str(options))


def test_samples_and_channels_are_pooled_each_on_its_own():
    """P1."""
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    y_bar = np.random.default_rng(1).normal(size=(2, 3, 2, 2))
    y, pullback = max_pool_vjp(x)
    x_bar = pullback(y_bar)
    for plane in np.ndindex(2, 3):
        np.testing.assert_array_equal(y[plane], max_pool(x[plane]))
        np.testing.assert_array_equal(x_bar[plane], pulled(x[plane], y_bar[plane]))


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_empty_batches_pool_to_empty_batches(shape):
    y, pullback = max_pool_vjp(np.zeros(shape))
    assert y.shape == (*shape[:2], 2, 2)
    assert pullback(y).shape == shape


def test_single_precision_stays_single_and_nothing_is_shared():
    x = A.astype(np.float32)
    y, pullback = max_pool_vjp(x, window=1)
    x_bar = pullback(y)
    assert y.dtype == x_bar.dtype == np.float32
    assert not np.shares_memory(x_bar, y)
    assert not np.shares_memory(y, x)


def test_the_pullback_remembers_the_maxima_of_its_own_call():
    x = A.copy()
    _, pullback = max_pool_vjp(x)
    before = pullback(np.ones((2, 2)))
    x[...] = 0
    np.testing.assert_array_equal(pullback(np.ones((2, 2))), before)


def test_assigning_where_windows_overlap_is_wrong():
    def assigned(y_bar, x, **options):
        x_bar = np.zeros_like(x)
        for r, s in np.ndindex(y_bar.shape):
            one_hot = np.zeros_like(y_bar)
            one_hot[r, s] = y_bar[r, s]
            placed = max_pool_vjp(x, **options)[1](one_hot)
            x_bar = np.where(placed != 0, placed, x_bar)
        return x_bar

    layer = gradcheck.Layer.from_backward(max_pool, assigned)
    assert gradcheck.check(layer, A, window=2).verdict is gradcheck.Verdict.CORRECT  # nothing overlaps
    assert gradcheck.check(layer, A, window=3, stride=1).verdict is gradcheck.Verdict.WRONG


def test_sharing_a_tie_among_all_maxima_without_dividing_is_wrong():
    def every(y_bar, x):
        return y_bar * (x == x.max())

    layer = gradcheck.Layer.from_backward(
        lambda x: x.max(), every, shapes={"x": "n"}, where=lambda n: n >= 1, traits=("piecewise-linear",)
    )
    assert gradcheck.check(layer, max_examples=25).verdict is gradcheck.Verdict.WRONG
