"""Forward and every cotangent equal an independent implementation's."""

import dataclasses

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import PRODUCT, SQUARE, elementwise, outcome, relu, square

X = np.array([1.0, -2.0, 3.0])


def with_oracle(oracle, layer=SQUARE):
    return dataclasses.replace(layer, oracle=oracle)


def test_agreement_is_correct_and_says_how_fine_it_was():
    found = outcome("oracle", with_oracle(lambda x: (x**2, lambda y: y * x * 2)), X)
    assert found.verdict is Verdict.CORRECT
    assert found.sensitivities["x"] < 1e-12


def test_forward_that_disagrees_is_located():
    found = outcome("oracle", with_oracle(lambda x: (x**2 + np.array([0, 0, 1]), None)), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "forward disagrees with the oracle"
    evidence = found.locate()
    assert (evidence.what, evidence.index, evidence.derived, evidence.numerical) == ("y", (2,), 9.0, 10.0)
    assert evidence.against == "oracle"


@pytest.mark.parametrize("wrong", [1e-1, 1e-6, 1e-10])
def test_cotangent_that_disagrees_is_located(wrong):
    factor = np.array([1.0, 1.0 + wrong, 1.0])
    layer = Layer(square, lambda x: (square(x), lambda y: 2 * x * y * factor), oracle=SQUARE.vjp)
    found = outcome("oracle", layer, X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "in the cotangent of 'x' (input 1 of 1)"
    assert found.locate().index == (1,)


def saturated_softmax(backward):
    def forward(x):
        weights = np.exp(x - x.max())
        return weights / weights.sum()

    def vjp(x):
        return forward(x), lambda y_bar: backward(forward(x), y_bar)

    def by_matrix(x):
        p = forward(x)
        return p, lambda y_bar: (np.diag(p) - np.outer(p, p)) @ y_bar

    return Layer(forward, vjp, oracle=by_matrix)


@pytest.mark.parametrize("x", [[0.0, 50.0], [0.0, 200.0, 3.0], [0.0, 18.0, -1.0], [3.0, -11.0, 17.0, 4.0]])
def test_terms_that_cancel_in_every_precision_are_no_mistake(x):
    layer = saturated_softmax(lambda p, y_bar: p * (y_bar - (p * y_bar).sum()))
    assert outcome("oracle", layer, np.array(x)).verdict is Verdict.CORRECT


def test_a_mistake_is_seen_where_terms_cancel():
    layer = saturated_softmax(lambda p, y_bar: p * (y_bar - (1 + 1e-6) * (p * y_bar).sum()))
    assert outcome("oracle", layer, np.array([0.0, 18.0, -1.0])).verdict is Verdict.WRONG


def test_oracle_of_the_forward_map_alone_is_enough():
    found = outcome("oracle", with_oracle(lambda x: (x**2, None)), X)
    assert (found.verdict, dict(found.sensitivities)) == (Verdict.CORRECT, {})


def test_oracle_may_leave_a_cotangent_out():
    found = outcome("oracle", with_oracle(lambda a, b: (a * b, lambda y: (y * b, None)), PRODUCT), X, X)
    assert found.verdict is Verdict.CORRECT
    assert set(found.sensitivities) == {"a"}


def broken_oracle(x):
    message = "needs a licence"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("oracle", "said"),
    [
        (broken_oracle, "the oracle can't be used: oracle of 'square' raised RuntimeError: needs a licence"),
        (lambda x: x**2, "the oracle can't be used: oracle of 'square' must return the pair (y, pullback)"),
        (lambda x: (x[:1], None), "the oracle of 'square' returned the shape (1,), forward (3,)"),
        (lambda x: (x**2, lambda y: (y, y)), "the oracle's pullback of 'square' returned 2 cotangents"),
        (lambda x: (x**2, lambda y: y[:1]), "the cotangent of 'x' has the shape (1,), expected (3,)"),
    ],
    ids=["raises", "no pair", "shape of y", "count", "shape of x_bar"],
)
def test_fault_of_the_oracle_is_not_the_layer_s(oracle, said):
    found = outcome("oracle", with_oracle(oracle), X)
    assert found.verdict is Verdict.UNVERIFIED
    assert said in found.reason


def test_another_subgradient_at_a_tie_is_not_wrong():
    layer = Layer(
        relu, lambda x: (relu(x), lambda y: y * (x > 0)), oracle=lambda x: (relu(x), lambda y: y * (x >= 0))
    )
    assert outcome("oracle", layer, np.zeros(3)).verdict is not Verdict.WRONG


def test_disagreement_at_one_point_only_is_unverified():
    layer = elementwise(square, lambda x: np.where(np.abs(x - 1) < 1e-6, 7.0, 2 * x), oracle=SQUARE.vjp)
    found = outcome("oracle", layer, np.ones(3))
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason == "the two differ at this point, but not 0.1 % beside it"
