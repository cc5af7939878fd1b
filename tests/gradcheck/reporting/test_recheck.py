"""The snippet of a finding brings it up again."""

import contextlib
import io

import numpy as np
import pytest

pytest.importorskip("markupsafe", reason="the report needs gradcheck[html]")

from gradcheck import Layer, check
from gradcheck.reporting.recheck import snippet
from tests.gradcheck.html.findings import MEAN


def pasted(layer, report):
    """Return the snippet as somebody pastes it, with a layer put where it says so."""
    return snippet(report, report.findings[0]).replace("layer = ...", "layer = given")


def repeated(layer, report):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(pasted(layer, report), {"given": layer})
    return out.getvalue()


def test_the_layer_is_imported_from_where_it_is_kept():
    report = check(MEAN, max_examples=8)
    code = snippet(report, report.findings[0])
    assert "from tests.gradcheck.html.findings import MEAN as layer\n" in code
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    assert "VJP of 'mean bias' is wrong" in out.getvalue()


def test_snippet_with_literal_arrays_finds_it_again():
    report = check(MEAN, max_examples=8)
    assert "np.array(" in snippet(report, report.findings[0])
    assert "VJP of 'mean bias' is wrong in the cotangent of 'b' (input 3 of 3)" in repeated(MEAN, report)


def test_options_are_passed_on():
    def scale(x, *, by):
        return by * x

    layer = Layer.from_backward(scale, lambda y, x, *, by: 1.0 * y, shapes={"x": "n"}, options={"by": (1, 3)})
    report = check(layer, max_examples=12)
    assert "by=3" in snippet(report, report.findings[0])
    assert "is wrong in the cotangent of 'x'" in repeated(layer, report)


def test_what_can_not_be_written_down_is_searched_again():
    layer = Layer.from_backward(
        lambda p: p["w"] * p["w"], lambda y, p: {"w": y * p["w"]}, shapes={"p": {"w": "n"}}, name="nested"
    )
    report = check(layer, seed=3, max_examples=8)
    assert "gradcheck.check(layer, seed=3)" in snippet(report, report.findings[0])
    assert "VJP of 'nested' is wrong" in repeated(layer, report)


def test_infinite_values_can_be_pasted():
    layer = Layer.from_backward(lambda x: x * x, lambda y, x: y * x, shapes={"x": "n"}, name="square")
    report = check(layer, np.array([np.inf, 1.0]))
    exec(pasted(layer, report), {"given": layer, "print": lambda *_: None})
