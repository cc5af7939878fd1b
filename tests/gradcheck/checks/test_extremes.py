"""Hostile inputs: where forward is finite and silent, the gradient is."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.checks import CHECKS
from gradcheck.running.verify import run
from tests.gradcheck.example_layers import SQUARE, elementwise

EXTREMES = [check for check in CHECKS if check.name == "extremes"]


def result(layer):
    (found,) = run(layer, seed=0, max_examples=40, checks=EXTREMES).results
    return found


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(x / 2)


@pytest.mark.parametrize(
    "layer",
    [
        SQUARE,
        elementwise(sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
        elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), domain={"x": (0.0, np.inf)}),
        elementwise(lambda x: 1 / x, lambda x: -1 / x / x, domain={"x": (1e-310, 1e300)}),
        elementwise(np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    ],
    ids=["square", "sigmoid", "square root", "reciprocal", "cube root"],
)
def test_infinite_where_the_derivative_is_and_silent_elsewhere(layer):
    assert result(layer).verdict is Verdict.CORRECT


def test_a_quotient_of_infinities_is_flawed():
    layer = elementwise(sigmoid, lambda x: np.exp(x) / (1 + np.exp(x)) ** 2)
    found = result(layer)
    assert found.verdict is Verdict.FLAWED
    assert found.reason == "the cotangent of 'x' is not finite, where forward is finite on both sides"


def test_a_warning_that_forward_does_not_give_is_flawed():
    found = result(elementwise(lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))))
    assert found.verdict is Verdict.FLAWED
    assert found.reason.startswith("the pullback warns (overflow encountered in exp)")


def test_a_warning_that_forward_gives_too_is_forgiven():
    def naive_sigmoid(x):
        return 1 / (1 + np.exp(-x))

    naive = elementwise(naive_sigmoid, lambda x: naive_sigmoid(x) * (1 - naive_sigmoid(x)))
    assert result(naive).verdict is Verdict.CORRECT


def test_bounds_are_kept():
    def bounded(x):
        assert np.all((x >= -1) & (x <= 2)), x
        return x * x

    assert result(elementwise(bounded, lambda x: 2 * x, domain={"x": (-1.0, 2.0)})).verdict is Verdict.CORRECT


def test_a_point_has_its_own_values():
    (found,) = (r for r in check(SQUARE, np.ones(2)).results if r.check == "extremes")
    assert (found.verdict, found.reason) == (Verdict.NOT_APPLICABLE, "the point has its own values")


def test_the_smallest_numbers_leave_no_step_and_no_crash():
    layer = elementwise(np.log, lambda x: 1 / x, domain={"x": (0.0, np.inf)})
    assert result(layer).verdict is Verdict.CORRECT


def test_a_gradient_that_overflows_in_another_entry_is_no_flaw():
    def log_determinant(a):
        return np.linalg.slogdet(a)[1]

    layer = Layer.from_gradient(log_determinant, lambda a: np.linalg.inv(a).T, shapes={"a": "n n"})
    for seed in range(3):
        assert check(layer, max_examples=25, seed=seed).verdict is Verdict.CORRECT


def test_the_value_that_makes_a_gradient_no_number_is_named():
    def mean(x, m):
        return np.sum(x * m, axis=-1) / np.maximum(np.sum(m, axis=-1), 1)

    def backward(y_bar, x, m):
        with np.errstate(all="ignore"):
            return y_bar[:, None] * m / np.sum(m, axis=-1, keepdims=True), None

    layer = Layer.from_backward(
        mean, backward, shapes={"x": "b t", "m": "b t"}, dtype={"m": "int64"}, domain={"m": (0, 1)}
    )
    report = check(layer, max_examples=30)
    assert report.verdict in (Verdict.WRONG, Verdict.FLAWED)
    assert "m[0, 0] is 0" in str(report)
