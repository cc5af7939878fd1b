"""Ladders over smooth functions: the slope is right, and its error bar is honest, at every scale."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.evaluation.point import Point
from gradcheck.judging.tolerance import K
from gradcheck.numerics.ladder import FEWEST_RUNGS, MOST_RUNGS
from gradcheck.numerics.line import Line
from gradcheck.numerics.slope import measure_slope
from tests.gradcheck.example_layers import elementwise, trial_of
from tests.gradcheck.smooth import Scaled, scaled

ONE = np.ones(1)


def climbed(layer, x, v, seed=0):
    """Return the slope along v with the cotangent 1: that of f′·v less the derived one."""
    trial = trial_of(layer, x)
    line = Line(Point.with_cotangent(trial, trial.forward(), np.ones_like(x)).near(0), v)
    return measure_slope(line, np.random.default_rng(seed))


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("name", ["sin", "exp", "cubic"])
@pytest.mark.parametrize("factor", [0.0, 1.0, 2.0])
def test_slope_error_of_the_derived_gradient_is_measured_at_every_scale(name, scale, factor):
    for height in (1e-8, 1.0, 1e8):
        function = Scaled(name, scale, height)
        x = np.array([0.7 * scale])
        right = float(function.slope(x)[0]) * scale
        slope = climbed(function.layer(factor), x, np.array([scale]))
        assert slope.ladder.continuous.all()
        assert slope.value == pytest.approx((1.0 - factor) * right, abs=1e-10 * abs(right))
        assert slope.error <= 1e-10 * abs(right)


@pytest.mark.parametrize("seed", range(5))
def test_error_bars_are_honest_over_random_functions_and_scales(seed):
    """In no case may the error exceed K bars; the truth is computed in extended precision."""
    rng = np.random.default_rng([2026, seed])
    for case in range(400):
        function = scaled(rng)
        factor = float(rng.choice((0.0, 1.0, 1.0 + 1e-6, -1.0)))
        x = np.array([rng.normal() * function.width])
        v = np.array([rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0) * function.width])
        slope = climbed(function.layer(factor), x, v, seed=case)
        derived = factor * function.slope(x)
        truth = (function.slope(x.astype(np.longdouble)) - derived) @ v
        assert np.isfinite(slope.error), function
        assert abs(slope.value - truth) <= K * slope.error, (function, x, v, factor)


def test_error_bars_are_of_the_size_of_rounding():
    rng, bars = np.random.default_rng(7), []
    for case in range(60):
        function = scaled(rng)
        x = np.array([0.5 * function.width])
        slope = climbed(function.layer(), x, np.array([function.width]), seed=case)
        bars.append(slope.error / abs(function.slope(x)[0] * function.width))
    assert np.median(bars) < 1e-12


def test_ladder_stops_when_smaller_steps_teach_nothing_more():
    slope = climbed(Scaled("sin", 1.0, 1.0).layer(), ONE, ONE)
    assert FEWEST_RUNGS <= len(slope.ladder.rungs) < MOST_RUNGS[8]
    assert slope.noise.forward / slope.ladder.rungs[-1].h * 4 > slope.error


def test_steps_fall_by_four_from_a_random_start():
    ladders = [climbed(Scaled("exp", 1.0, 1.0).layer(), ONE, ONE, seed).ladder for seed in range(2)]
    for ladder in ladders:
        h = [rung.h for rung in ladder.rungs]
        assert 0.25 <= h[0] <= 0.5
        assert np.allclose(np.divide(h[:-1], h[1:]), 4.0, rtol=0, atol=0)
    assert ladders[0].rungs[0].h != ladders[1].rungs[0].h


def test_rung_outside_the_domain_starts_the_ladder_anew():
    layer = elementwise(np.log, lambda x: 1 / x, domain={"x": (0.9, 1.1)})
    slope = climbed(layer, ONE, ONE)
    assert slope.ladder.rungs[0].h <= 0.1
    assert abs(slope.value) <= K * slope.error


def test_point_on_the_bound_leaves_no_rung_and_is_measured_from_one_side():
    layer = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), domain={"x": (1.0, 4.0)})
    slope = climbed(layer, ONE, ONE)
    assert slope.ladder is None
    assert abs(slope.value) <= K * slope.error


def test_jump_beside_the_point_is_not_continuous():
    """The step stands 20 ulp below the point: no rung is small enough to stay on its side."""
    layer = elementwise(lambda x: np.where(x > 1, x + 5, x), np.ones_like)
    slope = climbed(layer, ONE + 20 * np.finfo(float).eps, ONE)
    assert not slope.ladder.continuous.any()


def test_single_precision_has_a_shorter_ladder_and_the_right_slope():
    x = np.ones(1, dtype=np.float32)
    layer = Layer(np.sin, lambda x: (np.sin(x), lambda y_bar: 0 * y_bar))
    slope = climbed(layer, x, np.ones(1))
    assert len(slope.ladder.rungs) <= MOST_RUNGS[4]
    assert abs(slope.value - np.cos(1.0)) <= K * slope.error
    assert slope.error < 1e-4
