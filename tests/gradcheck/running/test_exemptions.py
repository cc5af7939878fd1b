"""A check that a layer is exempt from is left out, shown and counted; a stale exemption is told."""

import pytest

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.html import write
from gradcheck.reporting.terminal import summary
from tests.gradcheck.example_layers import SQUARE, square, square_vjp

FEW = {"max_examples": 6}
REASON = "callers hand over a cotangent for good"


def dirty(**fields):
    """Return the square layer with a pullback that overwrites the cotangent it is given."""

    def vjp(x):
        def pullback(y_bar):
            y_bar *= 2 * x
            return y_bar

        return square(x), pullback

    return Layer(square, vjp, name="dirty", shapes={"x": "n"}, **fields)


EXEMPT = {"purity": REASON, "layout": REASON}


def test_exempt_check_is_left_out_of_the_verdict_and_shown_with_its_reason():
    report = check(dirty(exempt=EXEMPT), **FEW)
    assert report.verdict is Verdict.CORRECT
    assert f"  exempt       purity: {REASON}" in str(report).splitlines()
    verdicts = {r.check: (r.verdict, r.reason) for r in report.results}
    assert verdicts["purity"] == (Verdict.EXEMPT, REASON)


def test_exemption_from_one_check_is_none_from_another():
    report = check(dirty(exempt={"layout": REASON}), **FEW)
    assert [r.check for r in report.findings] == ["purity"]
    assert f"  exempt       layout: {REASON}" in str(report).splitlines()


def test_exemption_that_is_not_needed_is_stale():
    report = check(
        Layer(square, square_vjp, shapes={"x": "n"}, exempt={"purity": REASON, "jvp": "none"}), **FEW
    )
    assert report.verdict is Verdict.CORRECT
    lines = str(report).splitlines()
    assert f"  stale        exemption of purity ({REASON}): the check finds nothing" in lines
    assert "  stale        exemption of jvp (none): the check does not apply" in lines


def test_exemptions_are_counted():
    report = check(dirty(exempt=EXEMPT), **FEW)
    assert " checks, 2 exempt, " in summary([report], [], 0, 1.0)
    assert " exempt" not in summary([check(SQUARE, **FEW)], [], 0, 1.0)


def test_exemptions_stand_in_json_and_in_the_page(tmp_path):
    report = check(dirty(exempt=EXEMPT), **FEW)
    found = {c["check"]: c for c in report.as_dict()["checks"]}
    assert (found["purity"]["verdict"], found["purity"]["reason"]) == ("EXEMPT", REASON)
    write(tmp_path / "report.html", [report])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<dt>purity</dt><dd>exempt: {REASON}</dd>" in page
    assert "2 checks left out, for reasons that are shown." in page


def test_several_workers_give_the_report_of_one():
    layer = dirty(exempt=EXEMPT)
    assert check(layer, workers=2, **FEW).as_dict() == check(layer, **FEW).as_dict()


@pytest.mark.parametrize(
    ("exempt", "complaint"),
    [
        ({"layuot": "no"}, "exempt has 'layuot', which is no check; known: finite-difference, exact, "),
        ({"layout": ""}, r"exempt\['layout'\] must be the reason in words, got ''"),
        ({"finite-difference": "slow"}, "on which every verdict rests"),
        (("layout",), "exempt must map checks to reasons"),
    ],
)
def test_malformed_exemption_is_refused_in_a_sentence(exempt, complaint):
    with pytest.raises(MalformedLayer, match=complaint):
        dirty(exempt=exempt)


def test_only_the_checks_that_are_named_run():
    report = check(SQUARE, checks=("purity", "finite-difference"), **FEW)
    assert [r.check for r in report.results] == ["finite-difference", "purity"]


@pytest.mark.parametrize(
    ("checks", "error", "complaint"),
    [
        (
            ("finite",),
            ValueError,
            "checks has 'finite', which is no check; known: finite-difference, exact, ",
        ),
        ("purity", TypeError, r"checks must be a tuple of names, got a string; write \('purity',\)"),
        ((), ValueError, "checks is empty; known: "),
    ],
)
def test_checks_that_do_not_exist_are_refused_with_those_that_do(checks, error, complaint):
    with pytest.raises(error, match=complaint):
        check(SQUARE, checks=checks)
