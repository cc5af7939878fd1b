"""Layers run with operations that round at random."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict
from gradcheck.evaluation.at_random import NoiselessRun
from gradcheck.evaluation.trial import Trial
from tests.gradcheck.example_layers import SQUARE, elementwise, trial_of

X = np.array([0.3, -1.2, 0.7])


def rounded(layer):
    ordinary = NoiselessRun.of(Trial.forward, trial_of(layer, X))
    return ordinary and ordinary.at_random(np.random.default_rng(0))


def test_result_is_off_by_rounding():
    y = rounded(SQUARE)
    assert 0.0 < np.max(np.abs(y - X**2)) < 1e-15


def test_layer_that_raises_gives_nothing():
    def raising(x):
        raise ValueError

    assert rounded(Layer(raising, SQUARE.vjp)) is None


def test_layer_that_asks_for_the_type_of_its_array_gives_nothing():
    def asking(x):
        return x**2 if type(x) is np.ndarray else 1.1 * x**2

    assert rounded(Layer(asking, SQUARE.vjp)) is None


class Statistics:
    mean = 0.0

    def sine(self, x):
        self.mean = 0.1 * x.mean() + 0.9 * self.mean
        return np.sin(x)


def test_what_a_layer_keeps_does_not_disturb_later_checks():
    kept = Statistics()
    wrong, right = elementwise(kept.sine, lambda x: 1.05 * np.cos(x)), elementwise(kept.sine, np.cos)
    verdicts = [gradcheck.check(layer, X).verdict for layer in (right, wrong, wrong, right)]
    assert verdicts == [Verdict.CORRECT, Verdict.WRONG, Verdict.WRONG, Verdict.CORRECT]
    assert np.array_equal(kept.sine(X), np.sin(X))


FAR = np.array([-31.0, -33.0])


def softplus(x):
    return np.log1p(np.exp(x))


def cancelling(y_bar, x):
    """The logistic function as 1 - 1/(1 + e^x): right, but at -31 most of its digits are rounding."""
    return y_bar * (1 - 1 / (1 + np.exp(x)))


class Object:
    def __init__(self):
        self.params, self.grads = {"b": np.zeros(2)}, {}

    def forward(self, x, *, act="softplus"):
        self.z = x + self.params["b"]
        return {"soft": softplus(self.z), "act": act == "softplus"}["soft"]

    def backward(self, y_bar):
        self.grads["b"] = cancelling(y_bar, self.z)
        return self.grads["b"].copy()


class Loss:
    def forward(self, x):
        self.x = x
        return np.sum(softplus(x))

    def backward(self):
        return cancelling(1.0, self.x)


def nested(tree, *, shift):
    return {"one": [softplus(tree["x"][0] + shift["by"])]}


ADAPTERS = {
    "pullback": Layer.from_pullback(lambda x: (softplus(x), lambda y_bar: cancelling(y_bar, x))),
    "backward": Layer.from_backward(softplus, cancelling),
    "nested": Layer.from_backward(
        nested,
        lambda y_bar, tree, shift: ({"x": [cancelling(y_bar["one"][0], tree["x"][0] + shift["by"])]},),
    ),
    "cached": Layer.from_cached(lambda x: (softplus(x), {"x": x}), lambda y, c: (cancelling(y, c["x"]),)),
    "gradient": Layer.from_gradient(lambda x: np.sum(softplus(x)), lambda x: cancelling(1.0, x)),
    "gradients": Layer.from_gradient(lambda x: (np.sum(softplus(x)), [cancelling(1.0, x)])),
    "module": Layer.from_module(Object, parameters={"b": ("params['b']", "grads['b']")}),
    "loss": Layer.from_module(Loss),
}


@pytest.mark.parametrize("name", ADAPTERS)
def test_rounding_inside_of_a_layer_is_measured_through_every_adapter(name):
    layer = ADAPTERS[name]
    x = {"x": [FAR]} if name == "nested" else FAR
    primals = (x, np.zeros(2)) if name == "module" else (x,)
    trial = trial_of(layer, *primals, **({"shift": {"by": 0.0}} if name == "nested" else {}))

    def pulled(trial):
        y, pullback = trial.linearise()
        return pullback(np.ones_like(y))[-1]

    ordinary = NoiselessRun.of(pulled, trial)
    noisy = ordinary.at_random(np.random.default_rng(0))
    assert np.max(np.abs(noisy / ordinary.value - 1)) > 1e-4


def test_wrong_gradient_of_whole_numbers_is_wrong_and_stops_nothing():
    def vjp(x):
        return np.maximum(x, 0), lambda y_bar: np.where(y_bar, x > 0, 0)

    layer = Layer(lambda x: np.maximum(x, 0), vjp, shapes={"x": "..."}, traits=("piecewise-linear",))
    assert gradcheck.check(layer, max_examples=10).verdict is Verdict.WRONG
