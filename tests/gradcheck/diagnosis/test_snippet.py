"""The snippet runs without gradcheck, and shows what the message says."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Layer, Verdict, check
from gradcheck.judging.evidence import Evidence


def doubled(x, *, power=2):
    return x**power


def doubled_vjp(x, *, power=2):
    return x**power, lambda y_bar: 2 * power * x ** (power - 1) * y_bar


def product(a, b):
    return a @ b


DOUBLED = Layer(doubled, doubled_vjp, shapes={"x": "n k"}, options={"power": (2, 3)})
HELD = Layer.from_backward(product, lambda y_bar, a, b: (-y_bar * b, y_bar * a))
"""The product of two vectors; its VJP has no name of its own."""


def snippet_of(layer, *primals, **options):
    report = check(layer, *primals, max_examples=20, **options)
    return next((result.snippet for result in report.findings if result.snippet), "")


def printed(code):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    return [float(word) for word in out.getvalue().split()]


def test_snippet_prints_the_derived_and_the_numerical_value():
    code = snippet_of(DOUBLED)
    derived, numerical = printed(code)
    assert derived == pytest.approx(2 * numerical, rel=1e-6)
    assert "gradcheck\n" not in code
    assert "import doubled_vjp as vjp" in code


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_snippet_of_a_point_has_its_values(n, k, seed):
    x = np.random.default_rng(seed).uniform(0.5, 2.0, (n, k))
    derived, numerical = printed(snippet_of(DOUBLED, x, power=3))
    assert derived == pytest.approx(2 * numerical, rel=1e-6)


def test_layer_without_named_functions_is_imported_itself():
    code = snippet_of(HELD, np.array([1.0, 2.0]), np.array([0.5, 3.0]))
    assert "import HELD as layer" in code
    derived, numerical = printed(code)
    assert derived == pytest.approx(-numerical, rel=1e-6)


def test_functions_that_nobody_can_import_leave_a_gap_that_says_so():
    layer = Layer(lambda x: x * x, lambda x: (x * x, lambda y_bar: x * y_bar), name="square")
    assert "layer = ...  # the Layer 'square'" in snippet_of(layer, np.array([1.5]))


@pytest.mark.parametrize(
    "layer",
    [
        Layer(lambda x: x["a"] ** 2, lambda x: (x["a"] ** 2, lambda y_bar: {"a": x["a"] * y_bar})),
        Layer(lambda x: x**2, lambda x: (x**2, lambda y_bar: (2 + 1e-6) * x * y_bar)),
    ],
    ids=["nested", "too small an error"],
)
def test_what_a_snippet_can_not_show_has_none(layer):
    x = np.array([1.0, 2.0])
    assert snippet_of(layer, {"a": x} if "a" in str(layer.forward.__code__.co_consts) else x) == ""


@pytest.mark.parametrize("x", [np.array([1.0 + 2.0j, -0.5j]), np.array(1.0 - 2.0j)], ids=["vector", "number"])
def test_wrong_gradient_of_a_complex_input_is_told_without_a_snippet(x):
    layer = Layer.from_backward(lambda z: np.abs(z) ** 2, lambda y_bar, z: y_bar * z)
    report = check(layer, x)
    assert report.verdict is Verdict.WRONG
    assert "z_bar." in str(report)
    assert [result.snippet for result in report.findings if result.snippet] == []


def test_evidence_without_an_entry_has_no_snippet():
    from gradcheck.diagnosis.snippet import write_snippet
    from gradcheck.evaluation.trial import Calls, Trial

    trial = Trial.of(DOUBLED, (np.ones((1, 1)),), {"power": 2}, 0, Calls())
    assert write_snippet(trial, 0, Evidence("x_bar", None, 0.0, 1.0, 0.0, 0.0)) == ""
