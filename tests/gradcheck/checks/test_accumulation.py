"""Gradients of repeated calls are assigned or added, as the layer declares."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import outcome

X, B = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([0.5, 1.0])


class Assigns:
    """y = b x, with the gradient of b assigned."""

    def __init__(self):
        self.b, self.db = np.zeros(2), np.zeros(2)

    def forward(self, x):
        self.x = x
        return self.b * x

    def gradient(self, y_bar):
        return (y_bar * self.x).sum(axis=0)

    def backward(self, y_bar):
        self.db = self.gradient(y_bar)
        return self.b * y_bar


class Adds(Assigns):
    def backward(self, y_bar):
        self.db = self.db + self.gradient(y_bar)
        return self.b * y_bar


class Subtracts(Assigns):
    def backward(self, y_bar):
        self.db = self.gradient(y_bar) - self.db
        return self.b * y_bar


def layer(factory, *, accumulates):
    return Layer.from_module(factory, parameters={"b": ("b", "db")}, accumulates=accumulates)


@pytest.mark.parametrize(("factory", "accumulates"), [(Assigns, False), (Adds, True)])
def test_what_is_declared_is_correct(factory, accumulates):
    assert outcome("accumulation", layer(factory, accumulates=accumulates), X, B).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("factory", "accumulates", "said"),
    [
        (
            Adds,
            False,
            "a second backward adds its gradient of 'b' to the first one's: declare accumulates=True",
        ),
        (
            Assigns,
            True,
            "a second backward overwrites the gradient of 'b', though accumulates=True is declared",
        ),
        (Subtracts, False, "after a second backward the gradient of 'b' is not its own gradient"),
        (Subtracts, True, "after a second backward the gradient of 'b' is not the sum of both gradients"),
    ],
)
def test_anything_else_is_wrong(factory, accumulates, said):
    found = outcome("accumulation", layer(factory, accumulates=accumulates), X, B)
    assert found.verdict is Verdict.WRONG
    assert said in found.reason


def test_gradients_that_are_zero_tell_nothing():
    class Detached(Assigns):
        def gradient(self, y_bar):
            return 0 * y_bar[0]

    found = outcome("accumulation", layer(Detached, accumulates=False), X, B)
    assert found.verdict is Verdict.UNVERIFIED


def test_the_cotangent_of_an_input_does_not_add_up():
    class AddsInputs(Assigns):
        def backward(self, y_bar):
            self.dx = getattr(self, "dx", 0.0) + super().backward(y_bar)
            return self.dx + 0

    found = outcome("accumulation", layer(AddsInputs, accumulates=False), X, B)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "a second backward gives another cotangent of 'x' than its own"
