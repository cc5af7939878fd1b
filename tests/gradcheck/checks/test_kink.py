"""At ties and zeros the derived slope lies between the one-sided ones."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import elementwise, outcome, relu

X = np.ones(6)
PIECEWISE = {"traits": ("piecewise-linear",)}


def findings(layer, *primals):
    return [outcome("kink", layer, *primals, seed=seed) for seed in range(30)]


@pytest.mark.parametrize("at_zero", [0.0, 0.3, 0.5, 1.0])
def test_every_subgradient_of_relu_is_accepted(at_zero):
    layer = elementwise(relu, lambda x: np.where(x == 0, at_zero, x > 0), **PIECEWISE)
    assert {found.verdict for found in findings(layer, X)} == {Verdict.CORRECT}


@pytest.mark.parametrize("at_zero", [-0.01, 1.01, 2.0, -1.0])
def test_slope_outside_the_subgradients_of_relu_is_wrong(at_zero):
    layer = elementwise(relu, lambda x: np.where(x == 0, at_zero, x > 0), **PIECEWISE)
    wrong = [found for found in findings(layer, X) if found.verdict is Verdict.WRONG]
    assert wrong
    assert any("at a kink: not between the one-sided slopes 0 and 1" in found.reason for found in wrong)
    assert wrong[0].locate().against == "exact"


@pytest.mark.parametrize("at_zero", [-1.0, 0.0, 1.0])
def test_every_subgradient_of_the_magnitude_is_accepted(at_zero):
    layer = elementwise(np.abs, lambda x: np.where(x == 0, at_zero, np.sign(x)), **PIECEWISE)
    assert {found.verdict for found in findings(layer, X)} == {Verdict.CORRECT}


def maximum_layer(share):
    """Return y = max(x); `share` says what part of y_bar each of the tied maxima gets."""

    def vjp(x):
        tied = x == x.max()
        return x.max(), lambda y_bar: y_bar * tied * share(tied)

    return Layer(lambda x: x.max(), vjp, shapes={"x": "n"}, **PIECEWISE)


def test_maximum_that_is_routed_once_is_accepted():
    first = maximum_layer(lambda tied: np.arange(tied.size) == np.argmax(tied))
    shared = maximum_layer(lambda tied: 1.0 / tied.sum())
    for layer in (first, shared):
        assert {found.verdict for found in findings(layer, X)} == {Verdict.CORRECT}


def test_maximum_that_is_routed_to_every_tie_is_wrong():
    wrong = [f for f in findings(maximum_layer(lambda tied: 1.0), X) if f.verdict is Verdict.WRONG]
    assert any("where values tie and move together" in found.reason for found in wrong)


def test_empty_input_verifies_nothing():
    found = outcome("kink", elementwise(relu, lambda x: 1.0 * (x > 0), **PIECEWISE), np.zeros(0))
    assert (found.verdict, found.reason) == (Verdict.UNVERIFIED, "no entries")
