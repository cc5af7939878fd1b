"""What an object keeps is the same after forward and backward."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import outcome

X, B = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([0.5, 1.0])


class Scale:
    def __init__(self):
        self.b, self.training, self.means = np.zeros(2), False, [np.zeros(2)]

    def forward(self, x):
        self.x = x
        return self.b * x

    def backward(self, y_bar):
        self.db = (y_bar * self.x).sum(axis=0)
        return self.b * y_bar


def layer(factory):
    keeps = ("training", "means[0]")
    return Layer.from_module(factory, parameters={"b": ("b", "db")}, keeps=keeps)


def test_an_object_left_alone_is_correct():
    assert outcome("state", layer(Scale), X, B).verdict is Verdict.CORRECT


class MovesMeans(Scale):
    def forward(self, x):
        self.means[0] += x.mean(axis=0)
        return super().forward(x)


class Switches(Scale):
    def backward(self, y_bar):
        self.training = True
        return super().backward(y_bar)


class Steps(Scale):
    def backward(self, y_bar):
        x_bar = super().backward(y_bar)
        self.b -= 0.1 * self.db
        return x_bar


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (MovesMeans, "forward changes means[0]"),
        (Switches, "backward changes training"),
        (Steps, "backward changes the parameter 'b'"),
    ],
)
def test_what_moves_is_named(factory, said):
    found = outcome("state", layer(factory), X, B)
    assert (found.verdict, found.reason) == (Verdict.WRONG, said)
