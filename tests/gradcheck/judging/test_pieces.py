"""What chooses among equal entries has the slope of one of them, and so has its gradient."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check


def route_to(order):
    """Return the backward of an order statistic: all to the entry that is chosen."""

    def backward(y_bar, x):
        x_bar = np.zeros_like(x)
        x_bar[np.argsort(x, kind="stable")[order(x.size)]] = y_bar
        return x_bar

    return backward


def middle(size):
    return size // 2


def second(size):
    return 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("forward", "order", "where"),
    [
        (np.median, middle, lambda n: n % 2 == 1),
        (lambda x: np.sort(x)[1], second, lambda n: n > 1),
    ],
    ids=["median", "second smallest"],
)
def test_order_statistics_are_correct_where_zeros_tie(forward, order, where, seed):
    layer = Layer.from_backward(forward, route_to(order), name="order", shapes={"x": "n"}, where=where)
    assert check(layer, seed=seed).verdict is Verdict.CORRECT


@pytest.mark.parametrize("x", [[0.0, 0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 2.0, 2.0, 3.0]])
def test_median_of_equal_entries_is_correct_at_a_point(x):
    layer = Layer.from_backward(np.median, route_to(middle))
    assert check(layer, np.array(x)).verdict is Verdict.CORRECT


def test_median_that_is_routed_to_the_smallest_is_wrong():
    layer = Layer.from_backward(
        np.median, route_to(lambda size: 0), shapes={"x": "n"}, where=lambda n: n % 2 == 1
    )
    assert check(layer).verdict is Verdict.WRONG


def test_smooth_map_that_is_wrong_where_several_entries_are_zero_stays_wrong():
    def backward(y_bar, x):
        return np.where(x == 0.0, y_bar, 2.0 * x * y_bar)

    layer = Layer.from_backward(np.square, backward, name="square")
    assert check(layer, np.array([0.0, 0.0, 0.0, 1.0])).verdict is Verdict.WRONG


def test_median_of_zeros_with_twice_the_gradient_is_not_correct():
    route = route_to(middle)
    layer = Layer.from_backward(np.median, lambda y_bar, x: 2.0 * route(y_bar, x), name="median")
    assert check(layer, np.array([0.0, 0.0, 0.0, 1.0, 2.0])).verdict is not Verdict.CORRECT


@pytest.mark.parametrize("error", [1e-2, 1e-4, 1e-6])
def test_small_error_of_a_smooth_map_stays_wrong_where_entries_are_equal(error):
    def backward(y_bar, x):
        x_bar = np.cos(x) * y_bar
        x_bar[0] *= 1.0 + error
        return x_bar

    layer = Layer.from_backward(np.sin, backward, name="sine")
    for x in (np.ones(6), np.zeros(6)):
        assert check(layer, x).verdict is Verdict.WRONG


def test_wrong_entry_of_little_effect_stays_wrong_where_entries_are_equal():
    layer = Layer.from_gradient(
        lambda x: x[0] ** 2 + 1e-9 * x[1] ** 2, lambda x: np.array([2 * x[0], 3e-9 * x[1]])
    )
    assert check(layer, np.ones(2)).verdict is Verdict.WRONG
