"""The forward map along a line, less what the derived gradient predicts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck.evaluation.point import Point
from gradcheck.numerics.line import Line
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of, square, trial_of


def line_with_ones(layer, x, v):
    trial = trial_of(layer, x)
    y = trial.forward()
    return Line(Point.with_cotangent(trial, y, np.ones_like(y)).near(0), v)


def test_excess_of_a_right_gradient_is_what_the_slope_leaves_out():
    line = line_with_ones(SQUARE, np.array([3.0]), np.array([1.0]))
    rung = line.rung(0.5)
    assert (rung.plus, rung.minus, rung.mean) == (0.25, -0.25, 0.0)


def test_excess_of_a_wrong_gradient_is_linear_in_the_step():
    layer = Layer(square, lambda x: (square(x), lambda y_bar: x * y_bar))
    line = line_with_ones(layer, np.array([3.0]), np.array([1.0]))
    assert [line.rung(h).mean / h for h in (0.5, 0.25, 0.125)] == [3.0, 3.0, 3.0]


def test_step_that_counts_is_the_one_that_rounding_left():
    """At 2**53 a step of 0.6 becomes 0 or 2: a nominal step would show an error, the real one does not."""
    layer = elementwise(lambda x: 1.0 * x, np.ones_like)
    line = line_with_ones(layer, np.array([2.0**53]), np.array([1.0]))
    for h in (0.6, 1.2, 3.7):
        assert line.rung(h).mean == 0.0


def test_predicted_slope_and_its_scale():
    line = line_with_ones(SQUARE, np.array([3.0, -4.0]), np.array([1.0, 1.0]))
    assert line.predicted == 6.0 - 8.0
    assert line.scale == pytest.approx(10.0)


def test_change_is_the_larger_move_of_each_output():
    line = line_with_ones(SQUARE, np.array([1.0, 0.0]), np.array([1.0, 2.0]))
    assert line.rung(1.0).change.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("bounds", [(2.5, 9.0), (0.0, 3.5)])
def test_step_out_of_the_domain_has_no_rung(bounds):
    layer = elementwise(square, lambda x: 2 * x, domain={"x": bounds})
    line = line_of(layer, np.array([3.0]))
    assert line.rung(1.0) is None
    assert line.rung(0.25) is not None


def test_step_at_which_forward_raises_or_overflows_has_no_rung():
    def refusing(x):
        if np.any(x > 3.5):
            raise ValueError
        return np.where(x < 2.5, np.inf, x)

    line = line_of(elementwise(refusing, np.ones_like), np.array([3.0]))
    assert line.side(1.0) is None
    assert line.side(-1.0) is None
    assert line.rung(0.25) is not None


def test_output_of_a_changing_shape_has_no_rung():
    line = line_of(elementwise(lambda x: x[x > 0], lambda x: np.ones_like(x[x > 0])), np.array([1.0, 2.0]))
    assert line.side(-1.5) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_leaves_an_input_in_its_own_precision(dtype):
    given = []

    def forward(x):
        given.append(x.dtype)
        return square(x)

    layer = Layer(forward, lambda x: (square(x), lambda y_bar: 2 * x * y_bar))
    line = line_of(layer, np.array([1.0, -2.0], dtype=dtype))
    given.clear()
    line.rung(0.25)
    line.side(-0.25)
    assert given == [dtype] * 3


def test_both_sides_of_a_step_are_equally_far():
    """Below a power of two numbers lie closer together: a step rounded there alone would be another one."""
    line = line_with_ones(elementwise(lambda x: 1.0 * x, np.ones_like), np.array([1.0]), np.array([1.0]))
    for h in (0.3, 1e-3, 1e-9, 3e-16):
        up, down = line.side(h), line.side(-h)
        assert np.array_equal(up.y - 1.0, 1.0 - down.y)
        assert np.array_equal(up.step, -down.step)


@given(st.integers(0, 10_000))
def test_line_through_some_entries_is_the_line_through_all_that_moves_them_alone(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    chosen = rng.random(6) < 0.5
    whole = line_with_ones(SQUARE, x, v * chosen.reshape(2, 3))
    part = replace(line_with_ones(SQUARE, x, v), entries=chosen)
    assert part.predicted == pytest.approx(whole.predicted)
    assert part.scale == pytest.approx(whole.scale)
    assert part.rung(0.1).mean == pytest.approx(whole.rung(0.1).mean, abs=1e-15)
