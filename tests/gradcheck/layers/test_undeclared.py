"""Gradients that backward writes and nobody declared are found by their names and by what moves."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.layers.contents import numbers_in
from gradcheck.layers.undeclared import is_gradient_of

PAIRS = [
    ("db", "b"),
    ("_db", "_b"),
    ("dweights", "weights"),
    ("grad_b", "b"),
    ("b_grad", "b"),
    ("layers[0].db", "layers[0].b"),
    ("grads['b']", "params['b']"),
    ("grads['db']", "params['b']"),
    ("grads['b']", "b"),
    ("grads[1]", "params[1]"),
    ("layers[0].grads['b']", "layers[0].params['b']"),
    ("b.grad", "b.data"),
]
STRANGERS = [
    ("db", "W"),
    ("b", "db"),
    ("layers[0].db", "layers[1].b"),
    ("cache['b']", "params['b']"),
    ("mean", "b"),
]


@pytest.mark.parametrize(("gradient", "value"), PAIRS)
def test_gradient_is_known_by_its_name(gradient, value):
    assert is_gradient_of(gradient, value)


@pytest.mark.parametrize(("gradient", "value"), STRANGERS)
def test_what_is_called_otherwise_is_no_gradient(gradient, value):
    assert not is_gradient_of(gradient, value)


class Inner:
    def __init__(self):
        self.b, self.name, self.count = np.zeros(2), "inner", 3


class Outer:
    def __init__(self):
        self.layers, self.params, self.rate = [Inner()], {"W": np.ones(2)}, 0.1
        self.itself = self


def test_numbers_are_found_by_the_places_one_would_write():
    assert {*numbers_in(Outer())} == {"layers[0].b", "params['W']", "rate"}


class Linear:
    def __init__(self):
        self.W, self.b = np.ones((2, 3)), np.zeros(3)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW, self.db, self.dx = self.x.T @ d, -d.sum(0), d @ self.W.T
        return self.dx


class InDicts:
    def __init__(self):
        self.params, self.grads = {"W": np.ones((2, 3)), "b": np.zeros(3)}, {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, d):
        self.grads["W"], self.grads["b"] = self.x.T @ d, -d.sum(0)
        return d @ self.params["W"].T


class InPlace(Linear):
    def __init__(self):
        super().__init__()
        self.dW, self.db = np.zeros((2, 3)), np.zeros(3)

    def backward(self, d):
        self.dW[...], self.db[...] = self.x.T @ d, -d.sum(0)
        return d @ self.W.T


PLACES = {
    Linear: ({"W": ("W", "dW")}, "'b': ('b', 'db')"),
    InPlace: ({"W": ("W", "dW")}, "'b': ('b', 'db')"),
    InDicts: ({"W": ("params['W']", "grads['W']")}, "'params_b': (\"params['b']\", \"grads['b']\")"),
}
SHAPES = {"x": "n 2", "W": "2 3"}


@pytest.mark.parametrize("factory", PLACES)
def test_wrong_gradient_that_nobody_declared_is_not_correct(factory):
    parameters, said = PLACES[factory]
    report = check(Layer.from_module(factory, parameters=parameters, shapes=SHAPES), max_examples=10)
    assert report.verdict is Verdict.UNVERIFIED
    (found,) = report.findings
    assert found.check == "state"
    assert said in found.reason


def test_declared_gradients_leave_nothing_to_say():
    class Right(Linear):
        def backward(self, d):
            x_bar = super().backward(d)
            self.db = -self.db
            return x_bar.copy()

    both = {"W": ("W", "dW"), "b": (lambda o: o.b, lambda o: o.db)}
    layer = Layer.from_module(Right, parameters=both, shapes={**SHAPES, "b": "3"})
    assert check(layer, max_examples=10).verdict is Verdict.CORRECT


def test_buffers_and_the_input_s_own_gradient_are_no_parameters():
    class Scale:
        def __init__(self):
            self.mean, self.h, self.dx = np.zeros(2), np.zeros(2), None

        def forward(self, x):
            self.x, self.h = x, 3.0 * x.sum(axis=0)
            return 3.0 * x

        def backward(self, d):
            self.dx, self.dh = 3.0 * d, d.sum(axis=0)
            return self.dx.copy()

    layer = Layer.from_module(Scale, shapes={"x": "n 2"})
    assert check(layer, max_examples=10).verdict is Verdict.CORRECT


class Random(Linear):
    def __init__(self):
        super().__init__()
        self.W = np.random.default_rng().normal(size=(2, 3))

    def backward(self, d):
        return d @ self.W.T


@pytest.mark.parametrize("primals", [(), (np.ones((4, 2)),)])
def test_factory_of_random_weights_is_told(primals):
    report = check(Layer.from_module(Random, shapes={"x": "n 2"}), *primals, max_examples=5)
    assert report.verdict is Verdict.UNVERIFIED
    assert "the factory returns different objects: 'W' is another in each" in str(report)


def test_random_weights_that_are_declared_and_arrays_never_filled_are_no_matter():
    class Declared(Random):
        def __init__(self):
            super().__init__()
            self.scratch = np.random.default_rng().normal(size=3)

        def backward(self, d):
            self.dW = self.x.T @ d
            return d @ self.W.T

    layer = Layer.from_module(Declared, parameters={"W": ("W", "dW")}, shapes=SHAPES)
    assert check(layer, max_examples=10).verdict is Verdict.CORRECT
