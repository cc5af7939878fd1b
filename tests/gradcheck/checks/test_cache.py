"""A pullback is asked for its own gradient after forward has been elsewhere."""

import numpy as np

from gradcheck import Layer, Verdict
from gradcheck.checks.cache import ONE_CACHE
from tests.gradcheck.layers import LINEAR, SQUARE, outcome

X = np.array([1.0, -2.0, 3.0])


def test_pullbacks_with_residuals_of_their_own_are_correct():
    assert outcome("cache", SQUARE, X).verdict is Verdict.CORRECT
    primals = np.ones((2, 3)), np.ones((3, 1)), np.ones(1)
    assert outcome("cache", LINEAR, *primals).verdict is Verdict.CORRECT


def test_a_cache_shared_by_all_calls_is_wrong():
    kept = {}

    def vjp(x):
        kept["x"] = x
        return x * x, lambda y_bar: 2 * kept["x"] * y_bar

    found = outcome("cache", Layer(SQUARE.forward, vjp), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "after forward ran at another input, the cotangent of 'x' is the other's"


class Halves:
    """Keeps one factor per forward, and the other from the first forward on."""

    def __init__(self):
        self.first = None

    def forward(self, x):
        self.first = x if self.first is None else self.first
        self.x = x
        return x**3

    def backward(self, y_bar):
        return 3 * self.x * self.first * y_bar


class Latest(Halves):
    def forward(self, x):
        self.first = None
        return super().forward(x)


def test_an_object_that_keeps_its_latest_input_is_said_to():
    found = outcome("cache", Layer.from_module(Latest), X)
    assert (found.verdict, found.reason) == (Verdict.CORRECT, ONE_CACHE)


def test_an_object_that_mixes_two_inputs_is_wrong():
    found = outcome("cache", Layer.from_module(Halves), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason.endswith("the cotangent of 'x' is neither's")
