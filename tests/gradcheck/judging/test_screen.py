"""What needs no measurement of its own: never an error that matters, and inputs of little effect too."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck._util.silence import silence_warnings
from gradcheck.judging.screen import ROUNDING_TARGET, TARGET, screen_inputs
from tests.gradcheck.example_layers import RELU, SQUARE, elementwise, point_of
from tests.gradcheck.smooth import scaled


def looked_at(layer, *primals, seed=0):
    point = point_of(layer, *primals, seed=seed)
    before = point.trial.calls.forward
    with silence_warnings():
        sure = screen_inputs(point, np.random.default_rng(seed))
    return sure, point.trial.calls.forward - before


def weighted(weight, slope):
    """Return y = Σ sin a + weight · Σ sin b, whose derived slope in b is wrong by a factor."""

    def vjp(a, b):
        y = np.sin(a).sum() + weight * np.sin(b).sum()
        return y, lambda y_bar: (y_bar * np.cos(a), slope * weight * y_bar * np.cos(b))

    return Layer(lambda a, b: vjp(a, b)[0], vjp, shapes={"a": "n", "b": "k"})


def inputs():
    rng = np.random.default_rng(0)
    return rng.normal(size=100), rng.normal(size=3)


def test_smooth_gradient_takes_two_forward_calls():
    sure, calls = looked_at(SQUARE, np.array([1.0, -2.0]))
    assert set(sure) == {0}
    assert calls == 2


@pytest.mark.parametrize("weight", [1e-2, 1e-3])
def test_input_of_little_effect_is_settled_at_larger_steps(weight):
    sure, calls = looked_at(weighted(weight, 1.0), *inputs())
    assert set(sure) == {0, 1}
    assert calls == 6


@pytest.mark.parametrize("weight", [1e-2, 1e-4])
@pytest.mark.parametrize("slope", [1 + 1e-5, 1 - 1e-4, 0.9, -1.0])
def test_error_in_an_input_of_little_effect_is_never_settled(weight, slope):
    for seed in range(20):
        sure, _ = looked_at(weighted(weight, slope), *inputs(), seed=seed)
        assert 1 not in sure


@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, 1.001, 0.0])
def test_gradient_that_is_off_by_a_millionth_is_never_settled(factor):
    rng = np.random.default_rng(45)
    for seed in range(150):
        function = scaled(rng)
        x = rng.normal(size=1) * function.width
        assert not looked_at(function.layer(factor), x, seed=seed)[0], (function, x)


def test_what_is_settled_says_how_little_would_have_been_seen():
    rng = np.random.default_rng(3)
    for seed in range(100):
        function = scaled(rng)
        sure, calls = looked_at(function.layer(1.0), rng.normal(size=1) * function.width, seed=seed)
        target = TARGET if calls == 2 else ROUNDING_TARGET
        assert all(j.sensitivity == pytest.approx(target) for j in sure.values())


def test_exact_kink_is_left_to_a_look_of_its_own():
    sure, _ = looked_at(RELU, np.array([0.0, 1.0, -1.0]))
    assert not sure


def test_constant_is_never_settled():
    assert not looked_at(elementwise(lambda x: 1 + 0 * x, np.zeros_like), np.array([1.0]))[0]


@pytest.mark.parametrize("x", [3e-320, 5e-320, 1e-319, 1e-315, 1e-308])
def test_subnormal_slope_is_no_crash(x):
    layer = Layer.from_gradient(lambda x: 3.0 * x, lambda x: 3.0 + 0.0 * x)
    for seed in range(3):
        assert check(layer, x, seed=seed).verdict is not Verdict.WRONG
