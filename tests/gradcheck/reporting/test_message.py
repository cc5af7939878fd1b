"""The words of a verdict, to the letter."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradcheck import Report, Verdict
from gradcheck.evaluation.example import Example
from gradcheck.judging.evidence import Evidence
from gradcheck.judging.findings import Result
from gradcheck.reporting.message import describe_sensitivity, numbers, repeat_command, shapes

EXAMPLE = Example({"x": (2, 1), "b": (1,)}, {"stride": 2}, (np.ones((2, 1)), np.ones(1)), 5)
EVIDENCE = Evidence("b_bar", (0,), 1.4238376, 3.3227807, 7e-15, 5e-14, (1, 4))
RIGHT = Result("purity", Verdict.CORRECT, examples=10, verified=10)
MEASURED = Result("finite-difference", Verdict.CORRECT, examples=10, verified=10, sensitivity=3e-12)
WRONG = Result(
    "finite-difference",
    Verdict.WRONG,
    "in the cotangent of 'b' (input 2 of 2)",
    3,
    2,
    None,
    EVIDENCE,
    EXAMPLE,
)
ALIASED = Result("purity", Verdict.WRONG, "vjp changes its input 'x' in place", 3, 2, None, None, EXAMPLE)
BLIND = Result("finite-difference", Verdict.UNVERIFIED, "no example was verified", 9, 0, None, None, EXAMPLE)


def report(*results, seed=0):
    return Report("linear", ("x", "b"), results, 10, 5, seed)


def test_wrong_gradient_reads_like_this():
    exact = Result("exact", Verdict.WRONG, WRONG.reason, 1, 0, 0.0, EVIDENCE, EXAMPLE)
    assert report(WRONG, exact, RIGHT, ALIASED).describe("pytest -k linear") == (
        "VJP of 'linear' is wrong in the cotangent of 'b' (input 2 of 2)\n"
        "  at           b_bar[0] (1 of 4 entries wrong in this example)\n"
        "  derived       1.4238376\n"
        "  numerical     3.3227807 ± 7e-15\n"
        "  allowed       5e-14\n"
        "  smallest     x (2, 1), b (1,), stride=2\n"
        "  found by     finite-difference, exact\n"
        "  also         purity: vjp changes its input 'x' in place\n"
        "  repeat       pytest -k linear"
    )


def test_unverified_gradient_reads_like_this():
    assert str(report(BLIND, RIGHT, seed=7)) == (
        "VJP of 'linear' is unverified: no example was verified\n"
        "  for example  x (2, 1), b (1,), stride=2\n"
        "  stopped      finite-difference\n"
        "  repeat       gradcheck.check(…, seed=7)"
    )


def test_correct_gradient_reads_like_this():
    assert str(report(MEASURED, RIGHT)) == (
        "VJP of 'linear' is correct: a relative error of 3e-12 would have been seen"
    )


ZERO = Result("finite-difference", Verdict.CORRECT, "'x': both slopes are zero", 3, 3)


def test_point_where_nothing_could_be_measured_says_why():
    assert str(report(ZERO, RIGHT)) == (
        "VJP of 'linear' is correct: 'x': both slopes are zero; another point would show more"
    )
    assert str(report(RIGHT)) == "VJP of 'linear' is correct: nothing to measure"


def flaw(check, reason):
    return Result(check, Verdict.FLAWED, reason, 3, 2, None, None, EXAMPLE)


def test_flaw_where_nothing_could_be_measured_claims_no_sensitivity():
    assert "differences: 'x': both slopes are zero; another" in str(report(ZERO, flaw("purity", "it writes")))


def test_flaw_that_also_hides_the_gradient_is_told_once():
    said = str(report(replace(BLIND, reason="it is float64"), flaw("contract", "it is float64")))
    assert said.count("it is float64") == 1
    assert "Its gradient is unverified for the same reason." in said


def test_what_differs_from_call_to_call_comes_before_the_flaws_that_follow_from_it():
    flaws = flaw("purity", "called again it differs"), flaw("determinism", "forward draws")
    assert str(report(*flaws)).startswith("'linear' is flawed: forward draws.")
    assert str(report(flaws[1], ALIASED)).startswith("VJP of 'linear' is wrong")


def test_every_further_finding_is_told_in_full():
    long = "it returns in some calls what it does not return in others, and nobody is told of it at all"
    said = str(report(WRONG, flaw("cache", long), flaw("layout", long), flaw("dtype", "it is float64")))
    (told,) = re.findall(r"^  also +cache, layout: (.*\n {15}.*)$", said, re.MULTILINE)
    assert " ".join(told.split()) == long
    assert "  also         dtype: it is float64\n" in said


def test_remark_about_a_command_stands_below_it_where_a_terminal_is_narrow():
    command = repeat_command(
        "gradcheck verify layers.py:linear --seed 0 --max-examples 30", [replace(WRONG, replayed=True)]
    )
    wide, narrow = (report(WRONG).describe(command, width=width) for width in (200, 80))
    assert wide.endswith(" --max-examples 30  # tries the example first that an earlier run kept")
    assert narrow.endswith(
        " --max-examples 30\n               # tries the example first that an earlier run kept"
    )


def test_report_as_text_is_its_description():
    for results in ((WRONG, RIGHT), (BLIND,), (MEASURED,)):
        assert str(report(*results)) == report(*results).describe()


def test_doubt_is_not_mentioned_where_something_is_wrong():
    assert "unverified" not in str(report(BLIND, ALIASED))
    assert "no example" not in str(report(BLIND, ALIASED))


def test_reason_that_is_a_clause_stands_after_a_colon():
    assert str(report(ALIASED)).startswith("VJP of 'linear' is wrong: vjp changes its input")


def test_exact_evidence_has_no_error_and_nothing_is_allowed():
    exact = Evidence("b_bar", None, 1.0, 3.0, 0.0, 0.0, against="exact")
    text = str(report(Result("exact", Verdict.WRONG, "in b", 1, 0, 0.0, exact, EXAMPLE)))
    assert "  exact         3.0000000\n" in text
    assert "±" not in text
    assert "allowed" not in text
    assert "  at           b_bar\n" in text


@pytest.mark.parametrize(
    ("derived", "reference", "written"),
    [
        (1.0, 3.0, (" 1.0000000", " 3.0000000")),
        (0.0, -3.84, (" 0.0000000", "-3.8400000")),
        (-0.5, 0.25, ("-0.50000000", " 0.25000000")),
        (1234567.0, 1234567.001, (" 1234567.000000", " 1234567.001000")),
        (1.0, 1.0000000000000002, (" 1.0000000000000000", " 1.0000000000000002")),
        (1e-8, 3e-8, (" 0.000000010000000", " 0.000000030000000")),
        (1e-300, 0.0, (" 1.0000000e-300", " 0.0000000e+00")),
        (1e20, 2e20, (" 1.0000000e+20", " 2.0000000e+20")),
        (2.0, 2.0, (" 2.0", " 2.0")),
        (math.nan, 1.0, (" nan", " 1.0")),
        (math.inf, -1.0, (" inf", "-1.0")),
    ],
)
def test_two_numbers_are_written_with_the_decimals_that_show_their_difference(derived, reference, written):
    assert numbers(derived, reference) == written


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE)
@example(0.0, -0.0)
def test_different_numbers_are_never_written_alike(derived, reference):
    one, other = numbers(derived, reference)
    assert (one == other) is (derived == reference)


def test_largest_numbers_of_opposite_sign_can_be_written():
    assert numbers(1.7e308, -1.7e308)[0] != numbers(1.7e308, -1.7e308)[1]


@pytest.mark.parametrize(
    ("sensitivity", "words"),
    [
        (None, "nothing to measure"),
        (0.0, "exact"),
        (4e-10, "a relative error of 4e-10 would have been seen"),
    ],
)
def test_sensitivity_in_words(sensitivity, words):
    assert describe_sensitivity(sensitivity) == words


def test_shapes_and_options_on_one_line():
    assert shapes(EXAMPLE) == "x (2, 1), b (1,), stride=2"
    assert shapes(Example({"x": ()}, {"mode": "same"}, (1.0,), 0)) == "x (), mode='same'"
