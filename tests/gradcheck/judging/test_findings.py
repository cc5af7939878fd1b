"""The records in which a verdict travels, from the outcome at one example to the report."""

import dataclasses
import itertools

import numpy as np
import pytest

from gradcheck import Report, Verdict, check
from gradcheck.evaluation.example import Example
from gradcheck.judging.findings import Result
from tests.gradcheck.example_layers import MISSING_SUM, SQUARE

VERDICTS = list(Verdict)


def report(*verdicts, check="purity"):
    results = tuple(Result(check if i == 0 else f"check {i}", v) for i, v in enumerate(verdicts))
    return Report("layer", ("x",), results, 0, 0, 0)


@pytest.mark.parametrize("verdicts", list(itertools.product(VERDICTS, repeat=3)))
def test_wrong_outranks_flawed_outranks_unverified_outranks_correct(verdicts):
    found = report(*verdicts).verdict
    if Verdict.WRONG in verdicts:
        assert found is Verdict.WRONG
    elif Verdict.FLAWED in verdicts:
        assert found is Verdict.FLAWED
    elif Verdict.UNVERIFIED in verdicts or Verdict.CORRECT not in verdicts:
        assert found is Verdict.UNVERIFIED
    else:
        assert found is Verdict.CORRECT


def test_report_without_results_is_not_correct():
    assert report().verdict is Verdict.UNVERIFIED


def test_findings_are_the_wrong_ones_then_the_flawed_and_then_the_unverified():
    good = (Verdict.CORRECT, Verdict.NOT_APPLICABLE, Verdict.EXEMPT)
    given = report(Verdict.UNVERIFIED, Verdict.FLAWED, Verdict.WRONG, *good, Verdict.WRONG)
    assert [r.check for r in given.findings] == ["check 2", "check 6", "check 1", "purity"]


def test_correct_report_has_no_findings():
    assert report(Verdict.CORRECT, Verdict.NOT_APPLICABLE).findings == ()


def test_sensitivity_is_that_of_the_finite_difference_check():
    results = (
        Result("exact", Verdict.CORRECT, sensitivity=0.0),
        Result("finite-difference", Verdict.CORRECT, sensitivity=1e-9),
    )
    assert Report("layer", (), results, 0, 0, 0).sensitivity == 1e-9
    assert report(Verdict.CORRECT).sensitivity is None


def test_records_are_frozen():
    for record in (report(), Result("purity", Verdict.CORRECT), Example({}, {}, (), 0)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.seed = 1


def test_equal_correct_reports_are_equal():
    assert check(SQUARE, max_examples=5) == check(SQUARE, max_examples=5)


def test_wrong_reports_can_be_compared():
    """Their examples hold arrays, whose own == has no truth value."""
    one, other = (check(MISSING_SUM, *(np.ones(s) for s in ((2, 3), (3, 4), (4,)))) for _ in range(2))
    assert one == other
