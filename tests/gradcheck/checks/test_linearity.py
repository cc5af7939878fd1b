"""The pullback is linear in its cotangent."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import LINEAR, elementwise, outcome, product

X = np.array([1.0, -2.0, 3.0])


def identity_with(pullback):
    return Layer(lambda x: x * 1.0, lambda x: (x * 1.0, pullback))


NONLINEAR = {
    "clipped": (lambda y: np.clip(y, -1.5, 1.5), "scaling the cotangent"),
    "its magnitude": (np.abs, "scaling the cotangent by -1 does not scale x_bar by it"),
    "normalised": (lambda y: y / (np.linalg.norm(y) or 1.0), "scaling the cotangent"),
    "only its sign": (np.sign, "scaling the cotangent"),
    "squared": (lambda y: y * y, "scaling the cotangent by -1"),
    "shifted": (lambda y: y + 1e-3, "a zero cotangent gives a nonzero x_bar"),
    "cut off when small": (
        lambda y: np.where(np.abs(y) < 1e-6, 0.0, y),
        "scaling the cotangent by 7.45058e-09",
    ),
    "cut off when large": (
        lambda y: np.where(np.abs(y) > 1e6, 1e6, y),
        "scaling the cotangent by 1.34218e+08",
    ),
    "homogeneous but not additive": (
        lambda y: np.full_like(y, np.cbrt(np.sum(y**3))),
        "the sum of two cotangents",
    ),
}


@pytest.mark.parametrize(("pullback", "said"), NONLINEAR.values(), ids=NONLINEAR)
def test_nonlinear_pullback_is_wrong(pullback, said):
    found = outcome("linearity", identity_with(pullback), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason.startswith("the pullback is not linear: ")
    assert said in found.reason


def test_wrong_entry_is_located():
    found = outcome("linearity", identity_with(lambda y: np.where(np.arange(3) == 1, np.abs(y), y)), X)
    evidence = found.locate()
    assert (evidence.what, evidence.index, evidence.entries) == ("x_bar", (1,), (1, 3))
    assert evidence.derived == -evidence.numerical
    assert evidence.against == "expected"


def test_second_input_is_looked_at_too():
    layer = Layer(product, lambda a, b: (a * b, lambda y: (y * b, np.abs(y) * a)))
    assert "b_bar" in outcome("linearity", layer, X, X).reason


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_linear_pullback_is_linear_at_every_scale(scale):
    layer = elementwise(lambda x: scale * np.sin(x), lambda x: scale * np.cos(x))
    assert outcome("linearity", layer, X).verdict is Verdict.CORRECT


def test_wrong_but_linear_pullback_is_none_of_its_business():
    assert outcome("linearity", identity_with(lambda y: 17 * y), X).verdict is Verdict.CORRECT


def test_several_inputs_pass():
    primals = (np.ones((2, 3)), np.ones((3, 4)), np.ones(4))
    assert outcome("linearity", LINEAR, *primals).verdict is Verdict.CORRECT


def doubled_where(condition):
    def backward(y_bar, x):
        whole = np.concatenate([np.ravel(part) for part in y_bar]) if isinstance(y_bar, tuple) else y_bar
        first = y_bar[0] if isinstance(y_bar, tuple) else y_bar
        return 2.0 * first if condition(whole) else 1.0 * first

    return backward


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (lambda c: np.count_nonzero(c) == 1, "a cotangent of one entry"),
        (lambda c: 1 < np.count_nonzero(c) <= 0.6 * c.size, "a cotangent"),
        (lambda c: c.size > 1 and c[-1] == 0.0, "a cotangent"),
        (lambda c: c.size > 1 and np.all(c == c[0]) and c[0] != 0.0, "a cotangent that is constant"),
        (lambda c: c.size > 1 and np.all(c > 0.0), "cotangent"),
    ],
    ids=["one-hot", "sparse", "ends with zeros", "constant", "positive"],
)
def test_pullback_that_looks_at_its_cotangent_is_not_linear(condition, text):
    layer = Layer.from_backward(lambda x: x.copy(), doubled_where(condition), name="copy", shapes={"x": "n"})
    (found,) = (result for result in check(layer).results if result.check == "linearity")
    assert found.verdict is Verdict.WRONG
    assert text in found.reason


def test_cotangent_of_one_output_alone_gives_its_part():
    def alone(c):
        return not np.any(c[: len(c) // 2])

    def backward(y_bar, x):
        return y_bar[0] + 2.0 * y_bar[1] * (2.0 if alone(np.concatenate(y_bar)) else 1.0)

    layer = Layer.from_backward(lambda x: (x.copy(), 2.0 * x), backward, name="two", shapes={"x": "n"})
    (found,) = (result for result in check(layer).results if result.check == "linearity")
    assert found.verdict is Verdict.WRONG
    assert "of one output alone" in found.reason or "zeros at its end" not in found.reason
