"""A layer linearised at its primals."""

import numpy as np
import pytest

from gradcheck.errors import CannotVerify
from gradcheck.evaluation.point import Point
from tests.gradcheck.example_layers import SQUARE, elementwise, point_of, trial_of

X = np.array([1.0, -2.0])


def test_cotangent_is_signed_and_pulled_back():
    point = point_of(SQUARE, X)
    assert np.all(np.abs(point.y_bar) >= 1.0)
    assert np.array_equal(point.x_bar(0), 2 * X * point.y_bar)


def test_pullback_that_overwrites_its_cotangent_does_not_disturb_the_point():
    def overwrite(y_bar):
        y_bar *= 0.0
        return y_bar

    layer = elementwise(lambda x: 1 * x, np.ones_like)
    trial = trial_of(type(layer)(layer.forward, lambda x: (1 * x, overwrite)), X)
    y_bar = np.array([3.0, 4.0])
    assert Point.with_cotangent(trial, X, y_bar).y_bar.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_forward_that_is_not_finite_cannot_be_verified(value):
    with pytest.raises(CannotVerify, match=r"^forward of 'layer' returned values that are not finite"):
        point_of(elementwise(lambda x: x + value, np.ones_like), X)


def test_derived_cotangent_that_is_not_finite_cannot_be_verified():
    with pytest.raises(CannotVerify, match=r"^the derived cotangent of 'x' is not finite$"):
        point_of(elementwise(lambda x: 1 * x, lambda x: x * np.nan), X)


def test_rounding_unit_is_the_coarser_of_inputs_and_output():
    single = np.ones(2, dtype=np.float32)
    assert point_of(SQUARE, X).eps == np.finfo(np.float64).eps
    assert point_of(SQUARE, single).eps == np.finfo(np.float32).eps
    widening = elementwise(lambda x: x.astype(np.float64), np.ones_like)
    assert point_of(widening, single).eps == np.finfo(np.float32).eps


def test_size_is_that_of_the_terms_of_the_inner_product():
    trial = trial_of(SQUARE, X)
    assert Point.with_cotangent(trial, np.array([3.0, 4.0]), np.array([1.0, -1.0])).size == pytest.approx(5.0)


def test_cotangent_is_at_least_double():
    assert point_of(SQUARE, np.ones(2, dtype=np.float32)).x_bar(0).dtype == np.float64
