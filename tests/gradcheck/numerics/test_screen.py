"""The cheap look may say "agrees" only where it would have seen the smallest error that matters."""

import numpy as np
import pytest

from gradcheck.judging.tolerance import Reason, compare_screen
from gradcheck.numerics.directions import direction
from gradcheck.numerics.line import Line
from gradcheck.numerics.screen import screen_line
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of, point_of
from tests.gradcheck.smooth import scaled


def screend(function, factor, x, rng):
    point = point_of(function.layer(factor), x)
    near = point.near(0)
    line = Line(near, direction(near, rng))
    return compare_screen(line, screen_line(line, rng))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, 1.001, 0.9, 2.0, -1.0, 0.0])
def test_screen_never_passes_a_gradient_that_is_off_by_a_millionth(factor, seed):
    rng = np.random.default_rng([seed, 41])
    for _ in range(100):
        function = scaled(rng)
        x = rng.normal(size=1) * function.width
        assert screend(function, factor, x, rng) is None, (function, x)


def test_screen_settles_most_right_gradients_alone():
    rng, passed = np.random.default_rng(3), 0
    for _ in range(200):
        function = scaled(rng)
        judgement = screend(function, 1.0, rng.normal(size=1) * function.width, rng)
        assert judgement is None or judgement.reason is Reason.AGREES
        passed += judgement is not None
    assert passed > 100


def test_screen_costs_four_forward_calls():
    point = point_of(SQUARE, np.array([1.0, 2.0]))
    before = point.trial.calls.forward
    assert screen_line(Line(point.near(0), np.ones(2)), np.random.default_rng(0)) is not None
    assert point.trial.calls.forward - before == 4


def test_screen_of_an_exactly_linear_map_sees_rounding_only():
    line = line_of(elementwise(lambda x: 3 * x, lambda x: 3 + 0 * x), np.array([1.0, -2.0]))
    found = screen_line(line, np.random.default_rng(0))
    assert found.excess <= 8 * found.noise
    assert found.noise < 1e-9


def test_screen_has_nothing_to_say_off_the_domain():
    layer = elementwise(lambda x: 3 * x, lambda x: 3 + 0 * x, domain={"x": (1.0, 2.0)})
    assert screen_line(line_of(layer, np.array([1.0])), np.random.default_rng(0)) is None


def test_screen_never_settles_a_zero_slope():
    line = line_of(elementwise(lambda x: 1 + 0 * x, np.zeros_like), np.array([1.0]))
    assert compare_screen(line, screen_line(line, np.random.default_rng(0))) is None


def test_screen_says_nothing_where_x_loses_its_steps():
    """Next to the edge of a domain a direction may be so short that no step of the screen moves x."""
    point = point_of(elementwise(np.sin, lambda x: 2.0 * np.cos(x)), np.array([1.0]))
    line = Line(point.near(0), np.array([1e-12]))
    assert screen_line(line, np.random.default_rng(0)) is None
