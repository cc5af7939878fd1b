"""The same input gives the same bits."""

import itertools

import numpy as np

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import SQUARE, outcome, square

X = np.array([1.0, -2.0, 3.0])


def test_forward_that_changes_by_one_bit_is_wrong():
    count = itertools.count()
    layer = Layer(lambda x: np.nextafter(x, np.inf) if next(count) else x * 1.0, SQUARE.vjp)
    found = outcome("determinism", layer, X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "forward, called twice with the same input, returns different values"


def test_vjp_that_changes_from_call_to_call_is_wrong():
    count = itertools.count()

    def vjp(x):
        noise = next(count)
        return square(x), lambda y_bar: 2 * x * y_bar + 1e-12 * noise

    found = outcome("determinism", Layer(square, vjp), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "the cotangent of 'x', computed twice from the same input, differs"


def test_same_bits_are_deterministic_even_where_they_are_nan():
    layer = Layer(square, lambda x: (square(x), lambda y_bar: x * np.nan))
    assert outcome("determinism", layer, X).verdict is Verdict.CORRECT
