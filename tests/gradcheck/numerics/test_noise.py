"""Rounding noise is measured, not assumed."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import FORWARD_SAMPLES, PULLBACK_SAMPLES, measure_noise
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of, point_of

EPS = float(np.finfo(float).eps)
X = np.array([1.0, -2.0, 3.0])


def cancelling(x):
    return x + 1e4 * (np.sin(x) ** 2 + np.cos(x) ** 2 - 1)


def noise_of(layer, x=X, seed=0):
    line = line_of(layer, x)
    return line, measure_noise(line, np.random.default_rng(seed))


def test_noise_of_a_plain_layer_is_a_rounding_unit():
    line, noise = noise_of(SQUARE)
    assert 0.5 * EPS * line.near.size <= noise.forward <= 4 * EPS * line.near.size
    assert np.all(noise.outputs <= 8 * EPS * np.abs(line.near.y))
    assert noise.expected <= 8 * EPS * line.scale


def test_cancellation_inside_forward_shows():
    _, plain = noise_of(elementwise(lambda x: 1 * x, np.ones_like))
    _, noise = noise_of(elementwise(cancelling, np.ones_like))
    assert noise.forward > 1e2 * plain.forward


def test_cancellation_inside_the_pullback_shows():
    _, plain = noise_of(elementwise(lambda x: 1 * x, np.ones_like))
    _, noise = noise_of(elementwise(lambda x: 1 * x, cancelling))
    assert noise.expected > 1e2 * plain.expected


def test_pullback_that_jumps_within_one_ulp_shows():
    line, noise = noise_of(elementwise(np.abs, np.sign), np.zeros(3))
    assert noise.expected > 0.1 * np.abs(line.near.y_bar).max()


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_noise_scales_with_the_output(scale):
    _, one = noise_of(SQUARE)
    _, other = noise_of(elementwise(lambda x: scale * x * x, lambda x: scale * 2 * x))
    assert other.forward == pytest.approx(scale * one.forward, rel=3.0)


def test_forward_that_refuses_the_jittered_input_teaches_nothing():
    def refusing(x):
        if not np.array_equal(x, X):
            raise ValueError
        return 2 * x

    line, noise = noise_of(Layer(refusing, lambda x: (refusing(x), lambda y_bar: 2 * y_bar)))
    assert noise.forward == pytest.approx(EPS * line.near.size / np.sqrt(2))


def test_cost_is_a_fixed_number_of_calls():
    point = point_of(SQUARE, X)
    measure_noise(Line(point.near(0), np.ones(3)), np.random.default_rng(0))
    assert point.trial.calls.forward == 1 + FORWARD_SAMPLES
    assert point.trial.calls.vjp == 1 + PULLBACK_SAMPLES
