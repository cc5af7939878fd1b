"""A function that loses digits inside jumps again and again; a continuous one never does."""

import math

import numpy as np
import pytest

from gradcheck.numerics.line import Line, Neighbourhood
from gradcheck.numerics.roughness import (
    CONVERGED,
    SHORT,
    _is_of_order,
    is_orderly,
    measure_jump,
    measure_scatter,
)
from gradcheck.numerics.slope import measure_slope

FIRST = 0.4
UNIT = float(np.finfo(float).eps)


def line_at(function, x, v=None, slope=None):
    """Return the line through a point along which a scalar moves by its own size."""
    x = np.array(x)
    y = np.array(function(float(x)))

    def call(moved):
        return np.array(function(float(moved)))

    pull = None if slope is None else lambda moved: np.array(slope(float(moved)))
    x_bar = np.zeros(()) if slope is None else np.array(slope(float(x)))
    near = Neighbourhood(call, x, y, np.ones(()), x_bar, UNIT, pull=pull)
    return Line(near, np.array(float(x) if v is None else v))


LOSSES = {
    "one minus cosine": (lambda x: (1 - math.cos(x)) / x**2, 3e-5, UNIT / 2 / 9e-10),
    "exponential minus one": (lambda x: (math.exp(x) - 1) / x, 1e-10, UNIT / 1e-10),
    "difference of roots": (lambda x: math.sqrt(x + 1) - math.sqrt(x), 1e12, UNIT * 2**19),
}
SMOOTH = {
    "sine": (math.sin, 1.0),
    "fast sine": (lambda x: math.sin(1e5 * x), 1.0),
    "near a pole": (lambda x: 1 / (x - 1.5), 1.0),
    "a kink": (lambda x: abs(x - 1.0), 1.0),
    "a constant": (lambda x: 2.0, 1.0),
}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", LOSSES)
def test_jump_is_the_unit_in_which_digits_are_lost(name, seed):
    function, x, quantum = LOSSES[name]
    jump = measure_jump(line_at(function, x), FIRST, 0.0, np.random.default_rng(seed))
    assert 0.3 * quantum < jump < 3.0 * quantum


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", SMOOTH)
def test_continuous_function_does_not_jump(name, seed):
    function, x = SMOOTH[name]
    assert measure_jump(line_at(function, x), FIRST, 1e-9, np.random.default_rng(seed)) == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_single_discontinuity_is_no_loss_of_digits(seed):
    line = line_at(lambda x: x + (1.0 if x > 1.03 else 0.0), 1.0)
    assert measure_jump(line, FIRST, 1e-9, np.random.default_rng(seed)) == 0.0


def test_there_is_no_jump_beyond_the_domain():
    def function(x):
        return math.sqrt(x) if x > 0.99 else math.nan

    assert measure_jump(line_at(function, 1.0), FIRST, 0.0, np.random.default_rng(0)) == 0.0


def test_derived_slope_scatters_by_what_it_loses():
    def slope(x):
        return (x * math.sin(x) - 2 * (1 - math.cos(x))) / x**3

    line = line_at(lambda x: (1 - math.cos(x)) / x**2, 1e-4, slope=slope)
    scatter = measure_scatter(line, line.v, FIRST, np.random.default_rng(0))
    error = abs(slope(1e-4) + 1e-4 / 12) * 1e-4
    assert 0.2 * error < scatter < 5 * error


@pytest.mark.parametrize("function", [math.sin, math.exp, lambda x: 1 / x], ids=["sine", "exp", "reciprocal"])
def test_smooth_slope_does_not_scatter(function):
    line = line_at(math.sin, 1.0, slope=function)
    assert measure_scatter(line, line.v, FIRST, np.random.default_rng(0)) < 1e-3


def test_ladder_of_a_smooth_function_is_orderly_and_that_of_a_rough_one_is_not():
    rng = np.random.default_rng(0)
    assert is_orderly(measure_slope(line_at(math.sin, 1.0), rng))
    for name in ("one minus cosine", "exponential minus one"):
        function, x, _ = LOSSES[name]
        assert not is_orderly(measure_slope(line_at(function, x), rng))


def test_long_ladder_that_converges_by_its_order_is_orderly():
    slope = measure_slope(line_at(lambda x: math.sin(20 * x), 1.0), np.random.default_rng(0))
    assert len(slope.ladder.rungs) > SHORT
    assert is_orderly(slope)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(20))
def test_no_ladder_of_a_function_that_loses_digits_converges_by_its_order(name, seed):
    function, x, _ = LOSSES[name]
    slope = measure_slope(line_at(function, x), np.random.default_rng(seed))
    off = [abs(float(rung.mean[0]) / rung.h - slope.value) for rung in slope.ladder.rungs]
    assert not _is_of_order(off, CONVERGED * abs(slope.value))
