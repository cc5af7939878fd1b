"""The measured slope equals the derived one, input by input."""

import dataclasses

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import (
    LINEAR,
    MISSING_SUM,
    PRODUCT,
    RELU,
    SQUARE,
    elementwise,
    outcome,
    product,
)

X = np.array([1.0, -2.0, 3.0])
PRIMALS = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
NAME = "finite-difference"


def test_every_input_is_verified_with_its_resolution():
    found = outcome(NAME, LINEAR, *PRIMALS)
    assert found.verdict is Verdict.CORRECT
    assert set(found.sensitivities) == {"x", "w", "b"}
    assert max(found.sensitivities.values()) < 1e-6  # of terms that cancel, less shows


def test_missing_sum_is_refuted_in_the_input_that_lacks_it():
    found = outcome(NAME, MISSING_SUM, *PRIMALS)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "in the cotangent of 'b' (input 3 of 3)"
    evidence = found.locate()
    assert evidence.what == "b_bar"
    assert abs(evidence.derived - evidence.numerical) > evidence.allowed > evidence.error > 0.0


def test_swapped_cotangents_are_refuted():
    layer = Layer(product, lambda a, b: (a * b, lambda y: (y * a, y * b)))
    assert outcome(NAME, layer, X, X[::-1] + 0.5).verdict is Verdict.WRONG


def test_input_without_effect_agrees_with_a_zero_gradient():
    layer = Layer(lambda a, b: a * 2.0, lambda a, b: (a * 2.0, lambda y: (2.0 * y, 0.0 * b)))
    found = outcome(NAME, layer, X, X)
    assert found.verdict is Verdict.CORRECT
    assert (set(found.sensitivities), found.zero) == ({"a"}, {"b"})
    assert found.reason == "'b': it has no influence here, and its zero gradient agrees"


def test_nothing_but_doubt_is_unverified():
    found = outcome(NAME, elementwise(lambda x: 1 + 0 * x, np.zeros_like), X)
    assert (found.verdict, dict(found.sensitivities)) == (Verdict.UNVERIFIED, {})


def test_input_without_entries_is_said():
    found = outcome(NAME, LINEAR, np.zeros((0, 3)), *PRIMALS[1:])
    assert "'x' has no entries" in found.reason


@pytest.mark.parametrize("is_user_point", [True, False])
def test_kink_is_settled_at_the_user_s_own_point_only(is_user_point):
    found = outcome(NAME, RELU, np.zeros(3), is_user_point=is_user_point)
    assert found.verdict is (Verdict.CORRECT if is_user_point else Verdict.UNVERIFIED)
    assert "sits on a kink" in found.reason


def test_float32_layer_is_measured_in_float64():
    single = X.astype(np.float32)
    found = outcome(NAME, SQUARE, single)
    assert found.verdict is Verdict.CORRECT
    assert found.sensitivities["x"] < 1e-8


def test_formula_that_is_wrong_in_float32_only_is_wrong():
    def vjp(x):
        factor = 3.0 if x.dtype == np.float32 else 2.0
        return x * x, lambda y: (factor * x * y).astype(x.dtype)

    layer = dataclasses.replace(SQUARE, vjp=vjp)
    assert outcome(NAME, layer, X).verdict is Verdict.CORRECT
    assert outcome(NAME, layer, X.astype(np.float32)).verdict is Verdict.WRONG


def test_layer_that_computes_in_float32_whatever_comes_is_measured_there():
    def forward(x):
        return (x * x).astype(np.float32)

    layer = Layer(forward, lambda x: (forward(x), lambda y: (2 * x * y).astype(np.float32)))
    found = outcome(NAME, layer, X.astype(np.float32))
    assert found.verdict is Verdict.CORRECT
    assert 1e-9 < found.sensitivities["x"] < 0.05


def test_product_passes_with_python_floats():
    assert outcome(NAME, PRODUCT, 2.0, -3.0).verdict is Verdict.CORRECT


def test_error_in_an_output_far_smaller_than_the_others_is_found():
    scales = np.array([1.0, 1e-9])
    layer = Layer(lambda x: scales * x, lambda x: (scales * x, lambda y_bar: np.array([1.0, 2e-9]) * y_bar))
    assert outcome(NAME, layer, np.array([1.5, 2.5])).verdict is Verdict.WRONG


def calls_with_a_last_output_of(value):
    x, calls = np.linspace(1.0, 2.0, 20), []

    def sums(x):
        calls.append(x)
        return np.append(x, x[0] - 1.0 + value)

    def pull(y_bar):
        return y_bar[:20] + np.append(y_bar[20], np.zeros(19))

    assert outcome(NAME, Layer(sums, lambda x: (sums(x), pull)), x).verdict is Verdict.CORRECT
    return len(calls)


def test_output_that_is_near_zero_by_chance_costs_one_look_beside_and_no_measurement():
    assert calls_with_a_last_output_of(1e-7) == calls_with_a_last_output_of(1.0) + 1
