"""A store that several calls of forward share is named, if backward is right with what each call stored."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict
from gradcheck.diagnosis.overwritten import find_overwritten
from gradcheck.diagnosis.specimen import Specimen
from tests.gradcheck.diagnosis.named import first, said
from tests.gradcheck.example_layers import trial_of

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")


class Sine:
    """Keeps its input where all sines do."""

    kept = None

    def forward(self, x):
        Sine.kept = x
        return np.sin(x)

    def backward(self, g):
        return g * np.cos(Sine.kept)


class SineOfItsOwn:
    """Keeps its input for itself."""

    def forward(self, x):
        self.kept = x
        return np.sin(x)

    def backward(self, g):
        return g * np.cos(self.kept)


def net_of(kind):
    class Net:
        def __init__(self):
            self.first, self.second = kind(), kind()

        def forward(self, x):
            return self.second.forward(2 * self.first.forward(x))

        def backward(self, g):
            return self.first.backward(2 * self.second.backward(g))

    return Net


KEPT = {}


def multiply(x, w):
    KEPT["x"], KEPT["w"] = x, w
    return x @ w


def multiply_backward(g):
    return g @ KEPT["w"].T, KEPT["x"].T @ g


def two_products(x, w, v):
    def pullback(g):
        h_bar, v_bar = multiply_backward(g)
        x_bar, w_bar = multiply_backward(h_bar)
        return x_bar, w_bar, v_bar

    return multiply(multiply(x, w), v), pullback


LAST = []


def root(x):
    LAST[:] = [x]
    return np.sqrt(1 + x * x)


def root_backward(g, factor):
    return factor * g * LAST[0] / np.sqrt(1 + LAST[0] ** 2)


def roots(factor):
    return lambda x: (root(root(x)), lambda g: root_backward(root_backward(g, 1.0), factor))


def test_class_attribute_that_two_objects_share_is_named():
    layer = Layer.from_module(net_of(Sine), shapes={"x": "n k"})
    assert said(layer) == (
        "backward uses what a later call of forward stored in Sine.kept: with what its own call stored, it "
        "is right"
    )


def test_object_that_is_used_in_two_places_is_named():
    class Net:
        def __init__(self):
            self.sine = SineOfItsOwn()

        def forward(self, x):
            return self.sine.forward(2 * self.sine.forward(x))

        def backward(self, g):
            return self.sine.backward(2 * self.sine.backward(g))

    layer = Layer.from_module(Net, shapes={"x": "n k"})
    assert first(layer) == ("overwritten", "self.kept of one SineOfItsOwn")


def test_net_of_objects_that_keep_their_own_is_right():
    layer = Layer.from_module(net_of(SineOfItsOwn), shapes={"x": "n k"})
    assert gradcheck.check(layer, checks=("finite-difference",)).verdict is Verdict.CORRECT


def test_global_dict_that_two_calls_share_is_named():
    layer = Layer.from_pullback(two_products, shapes={"x": "n d", "w": "d d", "v": "d d"})
    assert first(layer) == ("overwritten", "KEPT")


def test_global_list_that_two_calls_share_is_named_at_a_point_too():
    layer = Layer.from_pullback(roots(1.0))
    assert first(layer, np.linspace(0.3, 1.5, 8)) == ("overwritten", "LAST")


def test_store_is_not_named_where_another_mistake_is_left_with_what_each_call_stored():
    layer = Layer.from_pullback(roots(1.5), shapes={"x": "n k"})
    assert first(layer)[:1] != ("overwritten",)


def test_what_is_stored_is_left_as_it_was():
    specimen = Specimen.of(trial_of(Layer.from_pullback(roots(1.0)), np.linspace(0.3, 1.5, 4)), 0)
    assert find_overwritten(specimen) == ("overwritten", "LAST")
    (last,) = LAST
    assert np.array_equal(last, np.sqrt(1 + specimen.trial.primals[0] ** 2))
