"""WRONG is said of gradients alone: a layer that breaks another rule is FLAWED."""

import sys

import numpy as np
import pytest

from gradcheck import FlawedLayer, Layer, UnverifiedGradient, Verdict, WrongGradient, assert_correct, check
from gradcheck.checks import CHECKS, Check
from gradcheck.evaluation import Calls
from gradcheck.judging import Outcome
from gradcheck.running.search import search
from tests.gradcheck.example_layers import SQUARE, square

FEW = {"max_examples": 6}
GRADIENT = {"finite-difference", "exact", "complex-step", "oracle", "jvp", "second-order", "linearity"}
GRADIENT |= {
    "contract",
    "kink",
    "subsets",
    "undefined",
    "strides",
    "double-backward",
    "compiled",
    "vmap",
    "reference",
}


def dirty(slope, **fields):
    """Return the square layer with a pullback that overwrites the cotangent it is given."""

    def vjp(x):
        def pullback(y_bar):
            y_bar *= slope * x
            return y_bar

        return square(x), pullback

    return Layer(square, vjp, name="dirty", shapes={"x": "n"}, **fields)


def test_right_gradient_of_a_layer_that_writes_into_its_cotangent_is_flawed():
    report = check(dirty(2.0), **FEW)
    assert report.verdict is Verdict.FLAWED
    assert report.findings[0].check == "purity"


def test_message_says_what_is_flawed_and_that_the_gradient_agrees():
    first, second, *_ = str(check(dirty(2.0), **FEW)).splitlines()
    assert first.startswith("'dirty' is flawed: ")
    assert "Its gradient agrees with finite differences (sensitivity " in first + second


def test_wrong_gradient_outranks_the_flaw_and_mentions_it():
    report = check(dirty(3.0), **FEW)
    assert report.verdict is Verdict.WRONG
    assert str(report).startswith("VJP of 'dirty' is wrong")
    assert "  also         purity: " in str(report)


def test_flaw_outranks_an_unverified_gradient_and_says_so():
    steps = Layer(
        np.rint, lambda x: (np.rint(x), lambda y_bar: np.multiply(y_bar, 0, out=y_bar)), shapes={"x": "n"}
    )
    report = check(steps, **FEW)
    assert report.verdict is Verdict.FLAWED
    assert "Its gradient is unverified: " in "".join(str(report).splitlines()[:2])


def test_flawed_layer_raises_an_error_of_its_own():
    with pytest.raises(FlawedLayer) as raised:
        assert_correct(dirty(2.0), **FEW)
    assert raised.value.report.verdict is Verdict.FLAWED
    assert isinstance(raised.value, AssertionError)
    assert not isinstance(raised.value, WrongGradient | UnverifiedGradient)


def test_float64_cotangent_of_a_float32_input_is_flawed():
    x = np.ones(3, np.float32)
    layer = Layer(square, lambda x: (square(x), lambda y_bar: np.float64(2) * x.astype(float) * y_bar))
    report = check(layer, x)
    assert report.verdict is Verdict.FLAWED
    assert "has the dtype float64, expected float32" in str(report)


def test_cotangent_of_another_shape_stays_wrong():
    layer = Layer(square, lambda x: (square(x), lambda y_bar: (2 * x * y_bar)[:, None]))
    assert check(layer, np.ones(3)).verdict is Verdict.WRONG


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_says_of_which_kind_it_is(check):
    assert (check.kind == "gradient") == (check.name in GRADIENT)


@pytest.mark.parametrize(("kind", "verdict"), [("gradient", Verdict.WRONG), ("conduct", Verdict.FLAWED)])
def test_failure_is_named_by_the_kind_of_its_check(kind, verdict):
    failing = Check("failing", "nothing", lambda trial: Outcome(Verdict.WRONG, "always"), kind=kind)
    _, (result,) = search([failing], SQUARE, seed=0, max_examples=3, calls=Calls())
    assert (result.verdict, result.reason) == (verdict, "always")
    assert {tried.verdict for tried in result.tried} == {verdict}


LEAVING = {
    "forward": Layer(lambda x: sys.exit(0), lambda x: (x, lambda y: y), name="leaving", shapes={"x": "n"}),
    "where": Layer(abs, abs, name="leaving", shapes={"x": "n"}, where=lambda n: sys.exit(0)),
    "pullback": Layer(np.square, lambda x: (x * x, lambda y: sys.exit(0)), name="leaving", shapes={"x": "n"}),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("layer", LEAVING.values(), ids=LEAVING)
def test_function_that_ends_the_program_is_a_failure_of_the_layer(layer, workers):
    report = check(layer, workers=workers, **FEW)
    assert report.verdict.is_failure
    assert "SystemExit" in str(report)


def test_function_that_ends_the_program_at_a_point_is_a_failure_of_the_layer():
    assert check(LEAVING["forward"], np.ones(2)).verdict.is_failure
