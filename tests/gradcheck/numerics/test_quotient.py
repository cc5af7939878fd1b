"""Central difference quotients of every output, over one step or two."""

import numpy as np
import pytest

from gradcheck.numerics import Neighbourhood
from gradcheck.numerics.quotient import divide_difference, extrapolate, line_of_outputs


def near(function, x, **others):
    x = np.asarray(x)
    y = function(x)
    eps = float(np.finfo(x.dtype).eps)
    return Neighbourhood(function, x, y, np.zeros_like(y), np.zeros(x.shape), eps, **others)


def test_quotient_of_a_square_is_its_slope_along_the_direction():
    line = line_of_outputs(near(np.square, [3.0, -2.0]), np.array([1.0, 2.0]))
    assert divide_difference(line, 0.25).slope.tolist() == [6.0, -8.0]


def test_input_of_two_axes_moves_along_the_direction():
    line = line_of_outputs(near(np.square, [[3.0, -2.0]]), np.array([[1.0, 2.0]]))
    assert divide_difference(line, 0.25).slope.tolist() == [6.0, -8.0]


def test_only_the_given_entry_moves():
    line = line_of_outputs(near(np.square, [[3.0, -2.0]]), np.ones((1, 2)), 1)
    assert divide_difference(line, 0.25).slope.tolist() == [0.0, -4.0]


def test_bend_is_how_far_either_side_is_from_the_slope():
    line = line_of_outputs(near(lambda x: np.maximum(x, 0.0), [0.0]), np.ones(1))
    quotient = divide_difference(line, 0.25)
    assert (quotient.slope, quotient.bend) == (0.5, 0.5)


def test_step_that_rounding_made_longer_is_divided_by_as_it_is():
    """At 2**53 a step of 1.2 becomes 2."""
    line = line_of_outputs(near(lambda x: 3.0 * (x - 2.0**53), [2.0**53]), np.ones(1), 0)
    assert divide_difference(line, 1.2).slope == 3.0


def test_two_steps_leave_of_a_cube_no_error():
    line = line_of_outputs(near(lambda x: x**3, [2.0]), np.ones(1))
    coarse, fine = divide_difference(line, 0.5), divide_difference(line, 0.25)
    assert (coarse.slope, fine.slope) == (12.25, 12.0625)
    assert extrapolate(coarse, fine) == pytest.approx(12.0, abs=1e-13)


@pytest.mark.parametrize("function", [np.reciprocal, lambda x: np.where(x > 1.0, np.nan, x)])
def test_no_quotient_across_the_edge_of_a_domain_or_of_what_is_finite(function):
    line = line_of_outputs(near(function, [1.0], bounds=(0.5, 9.0)), np.ones(1))
    assert divide_difference(line, 0.75) is None
