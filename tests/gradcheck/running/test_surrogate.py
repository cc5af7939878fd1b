"""`surrogate=`: a gradient that is meant to be that of another function than forward."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

X = {"shapes": {"x": "n"}}


def straight_through(factor=1.0):
    return Layer.from_backward(np.sign, lambda g, x: factor * g, surrogate=lambda x: x, **X)


RIGHT = (
    straight_through(),
    Layer.from_backward(
        np.round, lambda g, x: g * (np.abs(x) <= 1), surrogate=lambda x: np.clip(x, -1, 1), **X
    ),
)


@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: layer.name)
def test_gradient_of_the_surrogate_is_not_wrong(layer):
    report = check(layer, max_examples=8)
    (measured,) = (r for r in report.results if r.check == "finite-difference")
    assert measured.verdict is Verdict.CORRECT, str(report)
    assert report.verdict in (Verdict.CORRECT, Verdict.FLAWED)
    assert "measured on surrogate=, which stands in for forward" in str(report)


@pytest.mark.parametrize("point", [(), (np.array([0.3, -2.0]),)], ids=["over shapes", "at a point"])
def test_gradient_that_is_not_the_surrogates_is_wrong(point):
    report = check(straight_through(2.0), *point)
    assert report.verdict is Verdict.WRONG
    assert "it is twice what it should be" in str(report)


def test_what_is_no_measurement_is_asked_of_forward_itself():
    layer = Layer.from_backward(np.sign, lambda g, x: 1.0 * g, surrogate=lambda x: x / 0.0, **X)
    (contract,) = check(layer, checks=("contract",), max_examples=5).results
    assert contract.verdict is Verdict.CORRECT, contract.reason


def test_surrogate_of_another_shape_is_told():
    layer = Layer.from_backward(np.sign, lambda g, x: 1.0 * g, surrogate=np.sum)
    report = check(layer, np.ones(2))
    assert report.verdict is not Verdict.CORRECT
    assert "surrogate returns the shape (), and forward (2,)" in str(report)


def test_line_of_the_backward_is_found_through_a_surrogate():
    def backward(g, x):
        return g * (np.cos(x) * x - np.sin(x))

    layer = Layer.from_backward(np.sign, backward, surrogate=lambda x: x * np.sin(x), **X)
    assert "g * (np.cos(x) * x + np.sin(x))" in str(check(layer))
