"""Entries that are not finite stay as they are for the layer, and the others are judged."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

MISSING = [[np.nan, 2.0, -3.0, 4.0], [1.0, np.inf, 3.0, np.nan], [1.0, 2.0, 3.0, -np.inf]]


def loss(x):
    return float(np.sum(np.where(np.isfinite(x), x, 0.0) ** 2))


def loss_gradient(factor):
    return lambda x: np.where(np.isfinite(x), factor * np.where(np.isfinite(x), x, 0.0), 0.0)


@pytest.mark.parametrize("x", MISSING)
def test_gradient_is_judged_where_values_are_not_missing(x):
    report = check(Layer.from_gradient(loss, loss_gradient(2.0)), np.array(x))
    assert report.verdict is Verdict.CORRECT
    assert "left out, which" in str(report)


@pytest.mark.parametrize("factor", [3.0, 2.0 + 1e-6, np.array([2.0, 2.0, 2.02, 2.0])], ids=str)
@pytest.mark.parametrize("x", MISSING)
def test_wrong_gradient_is_found_beside_missing_values(x, factor):
    report = check(Layer.from_gradient(loss, loss_gradient(factor)), np.array(x))
    assert report.verdict is Verdict.WRONG
    np.testing.assert_array_equal(report.findings[0].example.primals[0], x)


def test_point_without_any_finite_number_verifies_nothing():
    report = check(Layer.from_gradient(loss, loss_gradient(2.0)), np.array([np.nan, np.nan]))
    assert report.verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(("factor", "verdict"), [(2.0, Verdict.CORRECT), (1.0, Verdict.WRONG)])
def test_constant_with_missing_values_is_as_good_as_any(factor, verdict):
    def residual(u, v, r):
        known = np.isfinite(r)
        return np.where(known, u @ v.T - np.where(known, r, 0.0), 0.0)

    def squares(u, v, r):
        return float(np.sum(residual(u, v, r) ** 2))

    def squares_gradient(u, v, r):
        left = residual(u, v, r)
        return 2.0 * left @ v, factor * left.T @ u

    rng = np.random.default_rng(0)
    ratings = rng.normal(size=(4, 3))
    ratings[1, 2] = ratings[0, 0] = np.nan
    layer = Layer.from_gradient(squares, squares_gradient, constants=("r",))
    report = check(layer, rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), ratings)
    assert report.verdict is verdict


def test_missing_value_beside_an_output_that_is_not_finite_are_both_left_out():
    @np.errstate(divide="ignore", invalid="ignore")
    def backward(y_bar, x):
        return y_bar / x

    layer = Layer.from_backward(np.errstate(divide="ignore")(lambda x: np.log(np.abs(x))), backward)
    report = check(layer, np.array([np.nan, 0.0, 2.0, 3.0]), checks=("finite-difference",))
    assert report.verdict is Verdict.CORRECT
    assert "x[0] is left out, which is not finite; x[1] is left out" in str(report)
