"""The form of everything that a VJP returns."""

import re

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import PRODUCT, SQUARE, elementwise, outcome, product, square

X = np.array([1.0, -2.0, 3.0])


def pulling(pullback):
    """Return the square layer with another pullback(x, y_bar)."""
    return Layer(square, lambda x: (square(x), lambda y_bar: pullback(x, y_bar)))


WRONG_FORMS = {
    "count": (lambda x, y: (x, x), "returned 2 cotangents, expected 1 (x)"),
    "nothing": (lambda x, y: (), "returned 0 cotangents, expected 1 (x)"),
    "None": (lambda x, y: None, "returned None for 'x', an input with a derivative"),
    "shape": (lambda x, y: (2 * x * y)[:, None], "the cotangent of 'x' has the shape (3, 1), expected (3,)"),
    "summed": (lambda x, y: (2 * x * y).sum(), "the cotangent of 'x' has the shape (), expected (3,)"),
    "complex": (lambda x, y: 2 * x * y + 0j, "take its real part"),
    "text": (lambda x, y: "x_bar", "the cotangent of 'x' is a str"),
    "raises": (lambda x, y: x / {}, "pullback of 'square' raised TypeError"),
}


@pytest.mark.parametrize(("pullback", "said"), WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_wrong_form_of_a_cotangent_is_wrong(pullback, said):
    found = outcome("contract", pulling(pullback), X)
    assert found.verdict is Verdict.WRONG
    assert said in found.reason


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_cotangent_of_another_dtype_alone_is_flawed(dtype):
    found = outcome("contract", pulling(lambda x, y: (2 * x * y).astype(dtype)), X)
    assert found.verdict is Verdict.FLAWED
    assert f"has the dtype {np.dtype(dtype)}, expected float64, that of 'x'" in found.reason


def test_list_and_python_number_are_good_forms():
    assert outcome("contract", pulling(lambda x, y: [2 * x * y]), X).verdict is Verdict.CORRECT
    assert outcome("contract", SQUARE, 3.0).verdict is Verdict.CORRECT
    assert outcome("contract", SQUARE, np.array(3.0)).verdict is Verdict.CORRECT


def test_cotangent_of_a_constant_must_be_none():
    layer = Layer(product, PRODUCT.vjp, constants=("b",))
    found = outcome("contract", layer, X, X)
    assert found.verdict is Verdict.FLAWED
    assert found.reason == "the cotangent of 'b', which has no derivative, must be None"


def test_cotangent_of_an_integer_input_must_be_none():
    layer = Layer(lambda x, k: x[k], lambda x, k: (x[k], lambda y: (np.eye(3)[k].T @ y, None)))
    assert outcome("contract", layer, X, np.array([0, 2])).verdict is Verdict.CORRECT
    found = outcome("contract", PRODUCT, X, np.arange(3))
    assert found.reason == "the cotangent of 'b' (int64), which has no derivative, must be None"


def test_primal_value_of_another_shape_or_dtype_is_wrong():
    def vjp_of(change):
        return Layer(square, lambda x: (change(square(x)), lambda y: 2 * x * y.reshape(x.shape)))

    found = outcome("contract", vjp_of(lambda y: y[:, None]), X)
    assert (
        found.reason == "the primal value that vjp returned is float64 (3, 1), forward returned float64 (3,)"
    )
    found = outcome("contract", vjp_of(lambda y: y.astype(np.float32)), X)
    assert "float32 (3,), forward returned float64 (3,)" in found.reason


def test_primal_value_that_differs_is_located():
    layer = Layer(square, lambda x: (square(x) + np.array([0, 0.5, 0]), lambda y: 2 * x * y))
    found = outcome("contract", layer, X)
    assert found.reason == "the primal value that vjp returned is not what forward returns"
    evidence = found.locate()
    assert (evidence.what, evidence.index, evidence.derived, evidence.numerical) == ("y", (1,), 4.5, 4.0)
    assert evidence.entries == (1, 3)


def test_primal_value_may_differ_by_rounding():
    layer = Layer(lambda x: x / 3.0, lambda x: (x * (1.0 / 3.0), lambda y: y / 3.0))
    assert outcome("contract", layer, X).verdict is Verdict.CORRECT


def test_cotangent_that_is_not_finite_is_wrong_where_the_derivative_is():
    layer = elementwise(square, lambda x: np.where(x == 1.0, np.nan, 2 * x))
    found = outcome("contract", layer, X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "the cotangent of 'x' is not finite, where forward is finite on both sides"
    evidence = found.locate()
    assert (evidence.what, evidence.index, evidence.where) == ("x_bar", (0,), "x[0] is 1")
    assert np.isnan(evidence.derived)
    assert 2.0 <= abs(evidence.numerical) <= 4.0 + 1e-6


def test_infinite_cotangent_at_a_vertical_tangent_is_unverified():
    layer = elementwise(lambda x: np.cbrt(x), lambda x: 1 / (3 * np.cbrt(x) ** 2))
    found = outcome("contract", layer, np.array([0.0]))
    assert found.verdict is Verdict.UNVERIFIED
    text = "the derived cotangent of 'x' is not finite, where 'x' has no finite derivative, here"
    assert found.reason == text


@pytest.mark.parametrize("cusp", [lambda x: np.sqrt(np.abs(x)), np.cbrt])
def test_steepening_slope_on_both_sides_is_no_kink(cusp):
    found = outcome("contract", elementwise(cusp, lambda x: np.full_like(x, np.nan)), np.array([0.0]))
    assert "no finite derivative" in found.reason


def test_gradient_that_is_no_number_at_a_kink_is_told_the_slopes_to_choose_from():
    def backward(y_bar, x):
        with np.errstate(invalid="ignore"):
            return y_bar * (x / np.abs(x) + 2)

    layer = Layer.from_backward(lambda x: np.abs(x) + 2 * x, backward, shapes={"x": "n"})
    found = outcome("contract", layer, np.array([1.0, 0.0, 0.0]))
    assert found.verdict is Verdict.UNVERIFIED
    where = "where forward has a kink, at x[1] and 1 more, and ⟨ȳ, y⟩ the slopes "
    assert where in found.reason
    slopes = re.search("the slopes (.*) and (.*):", found.reason).groups()
    small, large = sorted(abs(float(slope)) for slope in slopes)
    assert large == pytest.approx(3 * small, rel=1e-2)  # of |x| + 2 x they are 1 and 3


def test_infinite_cotangent_at_the_edge_of_the_domain_is_unverified():
    layer = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), domain={"x": (0.0, 4.0)})
    assert outcome("contract", layer, np.array([0.0, 1.0])).verdict is Verdict.UNVERIFIED


def test_forward_that_is_not_finite_verifies_nothing():
    found = outcome("contract", elementwise(np.log, lambda x: 1 / x), np.array([0.0]))
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason.startswith("forward of 'layer' returned values that are not finite")


def test_vjp_that_raises_where_forward_does_not_is_wrong():
    def raising(x):
        message = "no derivative yet"
        raise NotImplementedError(message)

    found = outcome("contract", Layer(square, raising), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == (
        "vjp of 'square' raised NotImplementedError: no derivative yet, where forward did not"
    )


def test_other_precision_is_told_after_everything_that_makes_a_gradient_wrong():
    """A float64 array filled in for a float32 input may hold the right gradient."""
    x = X.astype(np.float32)
    layer = Layer(product, lambda a, b: (a * b, lambda y: (np.zeros(3) + b * y, a[:, None] * y)))
    assert "shape (3, 3), expected (3,)" in outcome("contract", layer, x, x).reason
    layer = Layer(product, lambda a, b: (a * b, lambda y: (np.zeros(3) + b * y, a * y * np.float32(np.nan))))
    assert "the cotangent of 'b' is not finite" in outcome("contract", layer, x, x).reason
    layer = Layer(product, lambda a, b: (a * b, lambda y: (np.zeros(3) + b * y, a * y)))
    found = outcome("contract", layer, x, x)
    assert found.reason.startswith(
        "the cotangent of 'a' has the dtype float64, expected float32, that of 'a';"
    )
    assert found.reason.endswith("write np.zeros_like, or end with .astype(a.dtype)")


def test_double_precision_that_forward_has_too_is_said_to_come_from_a_number_of_numpy():
    layer = Layer.from_backward(
        lambda x: x / np.sqrt(2), lambda g, x: g / np.sqrt(2), shapes={"x": "n"}, dtype="float32"
    )
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.FLAWED
    assert "so does forward: a number of NumPy's own, such as np.sqrt(2)" in str(report)
