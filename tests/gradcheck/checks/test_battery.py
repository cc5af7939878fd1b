"""The battery as a table: its names, and when a check has nothing to say."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from gradcheck.checks import CHECKS, JACOBIAN
from gradcheck.types import CHECK_NAMES
from tests.gradcheck.example_layers import (
    BY_NAME,
    LINEAR,
    OF_FRAMEWORKS,
    PRODUCT,
    RELU,
    SQUARE,
    outcome,
    product,
    product_vjp,
    square_vjp,
)

X = np.array([1.0, -2.0, 3.0])


def test_checks_can_be_handed_to_another_process():
    assert [check.name for check in pickle.loads(pickle.dumps(CHECKS))] == [check.name for check in CHECKS]


def test_names_are_unique_and_in_the_order_of_tables():
    assert [check.name for check in CHECKS] == [
        "finite-difference",
        "exact",
        "complex-step",
        "oracle",
        "reference",
        "jvp",
        "second-order",
        "linearity",
        "contract",
        "purity",
        "determinism",
        "layout",
        "dtype",
        "extremes",
        "batch",
        "cache",
        "accumulation",
        "state",
        "empty",
        "kink",
        *OF_FRAMEWORKS,
    ]


def test_every_check_says_in_words_what_it_asserts():
    assert all(check.asserts for check in CHECKS)
    assert len({check.asserts for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("name", BY_NAME)
def test_right_layers_pass_in_silence(name):
    for layer, primals in ((SQUARE, (X,)), (PRODUCT, (X, X[::-1].copy())), (RELU, (X,))):
        if BY_NAME[name].inapplicable(layer) is None:
            found = outcome(name, layer, *primals)
            assert found.verdict in (Verdict.CORRECT, Verdict.NOT_APPLICABLE)
            assert (found.reason == "") is (found.verdict is Verdict.CORRECT)


@pytest.mark.parametrize(
    ("name", "layer", "reason"),
    [
        ("exact", SQUARE, "forward is not declared multilinear or piecewise-linear"),
        ("kink", PRODUCT, "forward is not declared piecewise-linear"),
        ("complex-step", PRODUCT, "forward is not declared analytic"),
        ("second-order", RELU, "forward is not declared smooth, analytic or multilinear"),
        ("jvp", PRODUCT, "the layer declares no jvp"),
        ("batch", PRODUCT, "the layer declares no batch"),
        ("accumulation", PRODUCT, "the layer is no object that could keep gradients"),
        ("state", PRODUCT, "the layer has no object that keeps anything"),
        ("oracle", LINEAR, "the layer declares no oracle"),
        ("reference", LINEAR, "the layer declares no reference"),
        ("empty", Layer(product, product_vjp), "no declared sizes that could be zero"),
        ("empty", Layer(product, product_vjp, shapes={"a": "2 3", "b": ""}), "no size of the layer can vary"),
        (
            "empty",
            Layer(product, product_vjp, shapes={"a": "n", "b": "n"}, where=lambda n: n > 0),
            "where= refuses every size of zero",
        ),
        (
            "empty",
            Layer(lambda x, k: x, square_vjp, shapes={"x": "k"}, options={"k": (1, 2)}),
            "no size of the layer can vary",
        ),
    ],
)
def test_check_that_does_not_apply_says_why(name, layer, reason):
    assert reason in BY_NAME[name].inapplicable(layer)


@pytest.mark.parametrize(
    "name",
    [
        *("finite-difference", "linearity", "contract", "purity", "determinism", "layout"),
        *("dtype", "extremes", "cache"),
    ],
)
def test_check_of_every_layer_applies_to_a_bare_one(name):
    assert BY_NAME[name].inapplicable(Layer(product, product_vjp)) is None


@pytest.mark.parametrize("trait", ["multilinear", "piecewise-linear"])
def test_exact_applies_to_what_is_declared_exact(trait):
    assert BY_NAME["exact"].inapplicable(Layer(product, product_vjp, traits=(trait,))) is None


@pytest.mark.parametrize("shapes", [{"a": "n", "b": "3"}, {"a": "...", "b": "..."}])
def test_empty_applies_where_a_size_can_vary(shapes):
    assert BY_NAME["empty"].inapplicable(Layer(product, product_vjp, shapes=shapes)) is None


def raising(x):
    message = "not today"
    raise RuntimeError(message)


BROKEN_FORMS = {
    "forward raises": Layer(raising, square_vjp),
    "vjp raises": Layer(SQUARE.forward, raising),
    "pullback raises": Layer(SQUARE.forward, lambda x: (x * x, raising)),
    "forward returns None": Layer(lambda x: None, square_vjp),
    "forward returns a tuple": Layer(lambda x: (x, x), square_vjp),
    "forward returns integers": Layer(lambda x: x.astype(int), square_vjp),
    "vjp returns None": Layer(SQUARE.forward, lambda x: None),
    "vjp returns y alone": Layer(SQUARE.forward, SQUARE.forward),
    "vjp returns three": Layer(SQUARE.forward, lambda x: (x * x, abs, abs)),
    "pullback is no function": Layer(SQUARE.forward, lambda x: (x * x, 2 * x)),
    "pullback returns two": Layer(SQUARE.forward, lambda x: (x * x, lambda y_bar: (x, x))),
    "pullback returns None": Layer(SQUARE.forward, lambda x: (x * x, lambda y_bar: None)),
    "pullback returns text": Layer(SQUARE.forward, lambda x: (x * x, lambda y_bar: "x")),
    "pullback returns a ragged list": Layer(
        SQUARE.forward, lambda x: (x * x, lambda y_bar: ([[1.0], [1.0, 2.0]],))
    ),
    "pullback returns another shape": Layer(SQUARE.forward, lambda x: (x * x, lambda y_bar: y_bar[:1])),
    "everything is NaN": Layer(lambda x: x * np.nan, lambda x: (x * np.nan, lambda y_bar: y_bar * np.nan)),
}


def same_step(primals, tangents):
    return primals[0], tangents[0]


class Kept:
    """An object with one parameter, for the checks of objects."""

    b, db = np.zeros(()), None

    def forward(self, x):
        return x + self.b

    def backward(self, y_bar):
        self.db = y_bar.sum()
        return y_bar


MODULE = Layer.from_module(Kept, parameters={"b": ("b", "db")}).module
DECLARED = {
    "exact": {"traits": ("piecewise-linear",)},
    "kink": {"traits": ("piecewise-linear",)},
    "complex-step": {"traits": ("analytic",)},
    "second-order": {"traits": ("analytic",)},
    "accumulation": {"module": MODULE},
    "state": {"module": MODULE},
    "oracle": {"oracle": square_vjp},
    "reference": {"reference": square_vjp},
    "jvp": {"jvp": same_step},
    "batch": {"shapes": {"x": "n"}, "batch": "n"},
    "empty": {"shapes": {"x": "n"}},
}
"""What a layer must declare for a check to apply to it."""


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in OF_FRAMEWORKS])
@pytest.mark.parametrize("layer", BROKEN_FORMS.values(), ids=BROKEN_FORMS)
def test_no_check_crashes_on_a_broken_form(name, layer):
    if BY_NAME[name].inapplicable(layer) is not None:
        layer = replace(layer, **DECLARED[name])
    found = outcome(name, layer, X)
    assert found.verdict in Verdict
    assert found.reason or found.verdict is Verdict.CORRECT


def test_names_that_a_layer_may_mention_are_those_of_the_checks():
    assert tuple(check.name for check in (*CHECKS, JACOBIAN)) == CHECK_NAMES
