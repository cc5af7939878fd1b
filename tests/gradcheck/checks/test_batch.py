"""Samples of a batch are compared with themselves alone."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import outcome

X, W = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]]), np.array([[1.0], [2.0]])
SHAPES = {"x": "n i", "w": "i o"}


def linear(x, w):
    return x @ w


def linear_vjp(x, w):
    return x @ w, lambda y_bar: (y_bar @ w.T, x.T @ y_bar)


LINEAR = Layer(linear, linear_vjp, shapes=SHAPES, batch="n")


def test_independent_samples_are_correct():
    assert outcome("batch", LINEAR, X, W).verdict is Verdict.CORRECT


def test_a_batch_of_one_has_nothing_to_compare():
    assert outcome("batch", LINEAR, X[:1], W).verdict is Verdict.NOT_APPLICABLE


def test_samples_mixed_by_forward_and_backward_alike_are_found():
    centred = Layer(
        lambda x: x - x.mean(axis=0),
        lambda x: (x - x.mean(axis=0), lambda y_bar: y_bar - y_bar.mean(axis=0)),
        shapes={"x": "n k"},
        batch="n",
    )
    found = outcome("batch", centred, X)
    assert found.verdict is Verdict.WRONG
    assert "of the output depends on other samples: alone it is another" in found.reason
    assert found.locate().against == "alone"


def test_cotangents_mixed_by_backward_are_found():
    def mixed(x, w):
        return x @ w, lambda y_bar: (y_bar[::-1] @ w.T, x.T @ y_bar)

    found = outcome("batch", Layer(linear, mixed, shapes=SHAPES, batch="n"), X, W)
    assert found.verdict is Verdict.WRONG
    assert "of the cotangent of 'x' depends on other samples" in found.reason


@pytest.mark.parametrize("axis", [0, 1])
def test_the_batch_may_stand_on_any_axis_and_in_several_outputs(axis):
    def both(x):
        return {"sum": x.sum(axis=1 - axis), "twice": 2 * x}

    def vjp(x):
        return both(x), lambda y_bar: np.expand_dims(y_bar["sum"], 1 - axis) + 2 * y_bar["twice"]

    layer = Layer(both, vjp, shapes={"x": "n k" if axis == 0 else "k n"}, batch="n")
    assert check(layer, max_examples=20).verdict is Verdict.CORRECT


def test_an_output_without_a_batch_axis_is_unverified():
    layer = Layer(
        lambda x: x.sum(), lambda x: (x.sum(), lambda y: np.full_like(x, y)), shapes={"x": "n"}, batch="n"
    )
    found = outcome("batch", layer, X[:, 0])
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason == "the output has no axis that grows with the batch 'n'"
