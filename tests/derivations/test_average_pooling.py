"""Average pooling: means by hand, shares at the border, and how it relates to its neighbours."""

import numpy as np
import pytest

from derivations.average_pooling import average_pool, average_pool_vjp


def pulled(x, y_bar, **options):
    return average_pool_vjp(np.asarray(x, float), **options)[1](np.asarray(y_bar, float))


def test_means_and_shares_by_hand():
    x = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(average_pool(x), [[2.5, 4.5]])
    np.testing.assert_array_equal(pulled(x, [[4.0, 8.0]]), [[1, 1, 2, 2], [1, 1, 2, 2]])


def test_a_border_that_does_not_count_enlarges_the_shares():
    x = [[6.0]]
    assert average_pool(np.array(x), window=3, padding=1) == 6.0
    assert pulled(x, [[9.0]], window=3, padding=1) == 9.0
    assert average_pool(np.array(x), window=3, padding=1, border_counts=True) == pytest.approx(6 / 9)
    assert pulled(x, [[9.0]], window=3, padding=1, border_counts=True) == 1.0


@pytest.mark.parametrize("border_counts", [False, True])
def test_a_window_of_one_is_the_identity(border_counts):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    y, pullback = average_pool_vjp(x, window=1, border_counts=border_counts)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(pullback(x), x)


def test_an_image_of_one_value_keeps_it_unless_the_border_counts():
    x = np.full((5, 6), 3.0)
    np.testing.assert_allclose(average_pool(x, window=3, stride=1, padding=(1, 2)), 3.0)
    assert average_pool(x, window=3, stride=1, padding=1, border_counts=True)[0, 0] == pytest.approx(12 / 9)


def test_where_windows_do_not_overlap_the_shares_of_a_cotangent_add_up_to_it():
    y_bar = np.random.default_rng(0).normal(size=(2, 3))
    assert pulled(np.zeros((4, 9)), y_bar, window=(2, 3)).sum() == pytest.approx(y_bar.sum())


def test_rows_and_columns_that_no_window_reaches_get_zero():
    x_bar = pulled(np.zeros((5, 5)), np.ones((2, 2)))
    assert not x_bar[4].any()
    assert not x_bar[:, 4].any()
    np.testing.assert_array_equal(x_bar[:4, :4], 0.25)
