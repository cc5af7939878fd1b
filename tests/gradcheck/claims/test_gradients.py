"""Gradients of a forward map alone, exact and numerical."""

from fractions import Fraction

import numpy as np
import pytest

from gradcheck import exact_gradient, exact_jacobian, numerical_gradient
from gradcheck.errors import CannotVerify

X = np.array([[1, 2], [3, 4]])


def test_exact_jacobian_has_the_axes_of_the_output_and_then_of_the_input():
    jacobian = exact_jacobian(lambda x: x.sum(axis=0), X)
    assert jacobian.shape == (2, 2, 2)


def test_exact_jacobian_of_a_linear_map_is_its_matrix():
    assert exact_jacobian(lambda v: X @ v, np.array([5, 6])).tolist() == X.tolist()


def test_exact_gradient_weighs_by_the_cotangent():
    assert exact_gradient(lambda v: X @ v, np.array([0, 0]), np.array([1, -1])).tolist() == [-2, -2]


def test_degree_two_is_differentiated_without_rounding():
    found = exact_gradient(lambda v: Fraction(1, 3) * int(v @ v), np.array([1, 2]), 1, degree=2)
    assert found.tolist() == [Fraction(2, 3), Fraction(4, 3)]


def test_degree_three_is_refused():
    with pytest.raises(ValueError, match="degree must be 1 or 2, got 3"):
        exact_jacobian(lambda x: x**3, X, degree=3)


def test_numerical_gradient_is_within_its_own_error():
    x = np.linspace(-2.0, 2.0, 7)
    found = numerical_gradient(np.sin, x, np.full(7, 3.0))
    assert np.all(np.abs(found.value - 3 * np.cos(x)) <= found.error)
    assert found.error.max() < 1e-8


def test_slope_that_does_not_exist_is_no_estimate():
    with pytest.raises(CannotVerify, match="returned values that are not finite"):
        numerical_gradient(lambda x: np.where(x > 0, 1.0, -np.inf), np.array([0.0]), np.ones(1))


def test_map_of_a_higher_degree_than_stated_is_refused():
    with pytest.raises(ValueError, match=r"not a polynomial of degree 1 in entry \(0,\): pass degree=2"):
        exact_gradient(lambda v: v @ v, np.array([1, 2]), 1)
    with pytest.raises(ValueError, match=r"not a polynomial of degree 2 in entry \(0,\): exact differences"):
        exact_gradient(lambda v: np.sum(v**3), np.array([1, 2]), 1, degree=2)
