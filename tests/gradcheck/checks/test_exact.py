"""Integers in, differences exact, equality bit for bit."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from gradcheck.checks.exact import GAP, LARGEST_INTEGER, integral
from tests.gradcheck.example_layers import (
    LINEAR,
    MISSING_SUM,
    PRODUCT,
    RELU,
    elementwise,
    outcome,
    product,
    relu,
    trial_of,
)

PRIMALS = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
X = np.array([1.0, -2.0, 3.0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_right_multilinear_layer_is_exact_in_every_input(dtype):
    found = outcome("exact", LINEAR, *(a.astype(dtype) for a in PRIMALS))
    assert found.verdict is Verdict.CORRECT
    assert found.sensitivities == {"x": 0.0, "w": 0.0, "b": 0.0}


@pytest.mark.parametrize("wrong", [1e-1, 1e-6, 1e-10, 2.0**-40])
def test_smallest_wrong_entry_is_found_and_located(wrong):
    factor = np.array([1.0, 1.0, 1.0 + wrong])
    layer = Layer(product, lambda a, b: (a * b, lambda y: (y * b, y * a * factor)), traits=("multilinear",))
    # A zero in `a` hides the entry, as it should: some seeds draw one.
    founds = [outcome("exact", layer, X, X, seed=seed) for seed in range(8)]
    refuted = [found for found in founds if found.verdict is Verdict.WRONG]
    assert len(refuted) >= 5
    found = refuted[0]
    assert found.reason == "in the cotangent of 'b' (input 2 of 2)"
    evidence = found.locate()
    assert (evidence.what, evidence.index, evidence.against) == ("b_bar", (2,), "exact")
    assert (evidence.error, evidence.allowed) == (0.0, 0.0)
    assert evidence.derived == evidence.numerical * (1.0 + wrong)


def test_missing_sum_is_refuted_with_the_whole_number():
    found = outcome("exact", MISSING_SUM, *PRIMALS)
    assert found.reason == "in the cotangent of 'b' (input 3 of 3)"
    assert found.locate().numerical == round(found.locate().numerical)


def test_trait_that_does_not_hold_is_said():
    layer = elementwise(lambda x: x * x, lambda x: 2 * x, traits=("multilinear",))
    found = outcome("exact", layer, X)
    assert found.verdict is Verdict.UNVERIFIED
    assert "declared multilinear, but on integers it is not exactly linear in 'x'" in found.reason


def test_values_beyond_exact_arithmetic_are_said():
    layer = elementwise(lambda x: x * 2.0**60, lambda x: 2.0**60 + 0 * x, traits=("multilinear",))
    found = outcome("exact", layer, X)
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason == "integer values grow beyond exact arithmetic"


def test_piecewise_linear_layer_is_exact_off_its_kinks():
    assert outcome("exact", RELU, X).sensitivities == {"x": 0.0}
    wrong = elementwise(relu, lambda x: 1.0 * (x > -40.0), traits=("piecewise-linear",))
    assert outcome("exact", wrong, np.ones(16)).verdict is Verdict.WRONG


def test_empty_input_is_passed_over():
    found = outcome("exact", PRODUCT, np.zeros(0), np.zeros(0))
    assert dict(found.sensitivities) == {}


def test_constants_become_whole_numbers_and_keep_their_dtype():
    layer = Layer(product, PRODUCT.vjp, constants=("b",), traits=("multilinear",))
    trial = integral(trial_of(layer, X, np.array([0.4, 1.6, -2.2])), np.random.default_rng(0))
    assert trial.primals[1].tolist() == [0.0, 2.0, -2.0]


@pytest.mark.parametrize(("dtype", "most"), LARGEST_INTEGER.items())
def test_integers_are_small_enough_for_the_dtype(dtype, most):
    (x, _) = integral(trial_of(PRODUCT, *(np.ones(100, dtype=dtype),) * 2), np.random.default_rng(0)).primals
    assert x.dtype == dtype
    assert np.abs(x).min() >= 1
    assert np.abs(x).max() <= most


def test_piecewise_linear_values_are_spread():
    (x,) = integral(trial_of(RELU, np.ones(9)), np.random.default_rng(0)).primals
    assert np.diff(np.sort(x)).min() >= GAP


def test_failure_is_told_with_the_smallest_integers():
    layer = Layer(product, lambda a, b: (a * b, lambda y: (y * b, 2 * y * a)), traits=("multilinear",))
    evidence = outcome("exact", layer, np.array([40.0]), np.array([70.0])).locate()
    assert (abs(evidence.derived), abs(evidence.numerical)) == (2, 1)
    a, b, y_bar = (int(part.partition(" = [")[2].rstrip("]")) for part in evidence.values.split(", "))
    assert (evidence.derived, evidence.numerical) == (2 * a * y_bar, a * y_bar)
    assert abs(b) <= 1


def test_many_integers_are_not_listed():
    layer = Layer(product, lambda a, b: (a * b, lambda y: (y * b, 2 * y * a)), traits=("multilinear",))
    assert outcome("exact", layer, np.ones(50), np.ones(50)).locate().values == ""
