"""The only home of a tolerance: agreement at rounding level, and words from measurements."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcheck.judging.tolerance import (
    ROUNDING,
    WEAK,
    Judgement,
    Word,
    agreement,
    judge_kink,
    judge_ladder,
    judge_slope,
)
from gradcheck.numerics.extrapolation import Slope
from gradcheck.numerics.ladder import Ladder
from gradcheck.numerics.noise import Noise
from gradcheck.numerics.one_sided import Kink
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of

EPS = float(np.finfo(float).eps)
X = np.array([1.0, -2.0, 3.0])
QUIET = Noise(EPS, EPS * X, EPS)


def never():
    message = "scatter was measured without need"
    raise AssertionError(message)


def test_agreement_of_equal_arrays_needs_no_scatter():
    compared = agreement(X, X, never, EPS)
    assert compared.agree
    assert compared.resolution < 1e-12


@given(npst.arrays(np.float64, st.integers(1, 6), elements=st.floats(-1e6, 1e6)))
def test_entries_may_differ_by_rounding_of_the_largest(reference):
    apart = 0.9 * ROUNDING * EPS * np.abs(reference).max()
    assert agreement(reference + apart, reference, never, EPS).agree


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_entry_beyond_rounding_is_found_at_every_scale(scale):
    value = X * scale
    value[1] += 3 * ROUNDING * EPS * 3 * scale
    compared = agreement(value, X * scale, lambda: np.zeros(3), EPS)
    assert (compared.agree, compared.index, compared.wrong) == (False, (1,), 1)
    assert compared.allowed == pytest.approx(ROUNDING * EPS * 3 * scale)


def test_worst_of_several_wrong_entries_is_named():
    compared = agreement(X + np.array([0.0, 0.5, 0.1]), X, lambda: np.zeros(3), EPS)
    assert (compared.index, compared.wrong) == ((1,), 2)


def test_nan_is_a_disagreement_and_the_worst_one():
    compared = agreement(np.array([1.0, np.nan, 9.0]), X, lambda: np.zeros(3), EPS)
    assert (compared.agree, compared.index, compared.wrong) == (False, (1,), 2)


def test_scatter_of_the_inputs_is_allowed_for_entry_by_entry():
    scatter = np.array([0.0, 0.01, 0.0])
    assert agreement(X + np.array([0.0, 0.5, 0.0]), X, lambda: scatter, EPS).agree
    assert not agreement(X + np.array([0.5, 0.0, 0.0]), X, lambda: scatter, EPS).agree


def test_agreement_of_zeros_resolves_nothing():
    compared = agreement(np.zeros(2), np.zeros(2), never, EPS)
    assert compared.agree
    assert compared.resolution == np.inf


def test_agreement_of_empty_arrays():
    assert agreement(np.zeros((0, 2)), np.zeros((0, 2)), never, EPS).agree


def test_size_of_cancelled_terms_counts():
    assert agreement(X * 1e-10 + 1e-12, X * 1e-10, never, EPS, terms=1e3).agree
    assert not agreement(X * 1e-10 + 1e-12, X * 1e-10, lambda: np.zeros(3), EPS).agree


def test_single_precision_is_compared_in_its_own_rounding_unit():
    single = X.astype(np.float32)
    assert agreement(single * np.float32(1 + 1e-6), single, never, float(np.finfo(np.float32).eps)).agree


@pytest.mark.parametrize(
    ("error", "bar", "word"),
    [(0.0, 1e-9, Word.PASS), (7e-9, 1e-9, Word.PASS), (9e-9, 1e-9, Word.FAIL), (1.0, 1e3, Word.WEAK)],
)
def test_slope_is_judged_by_its_own_bar(error, bar, word):
    judgement = judge_slope(line_of(SQUARE, X), Slope(error, bar, 0), QUIET)
    assert judgement.word is word
    assert judgement.error == error
    assert (judgement.resolution <= WEAK) is (word is not Word.WEAK)


def test_zero_slope_is_vacuous_unless_it_is_wrong():
    line = line_of(elementwise(lambda x: 1 + 0 * x, np.zeros_like), X)
    assert judge_slope(line, Slope(0.0, EPS, 0), QUIET).word is Word.VACUOUS
    assert judge_slope(line, Slope(1.0, EPS, 0), QUIET).word is Word.FAIL


def test_ladder_without_a_slope_is_unresolved():
    judgement = judge_ladder(line_of(SQUARE, X), Ladder((), (), None, False), QUIET)
    assert judgement.word is Word.UNRESOLVED
    assert judgement.resolution == np.inf


@pytest.mark.parametrize("error", [0.0, 1.0])
def test_ladder_that_is_not_continuous_is_unresolved_whatever_it_says(error):
    ladder = Ladder((), (), Slope(error, 1e-9, 0), continuous=False)
    assert judge_ladder(line_of(SQUARE, X), ladder, QUIET).word is Word.UNRESOLVED


@pytest.mark.parametrize(
    ("kink", "word"),
    [
        (None, Word.FAIL),
        (Kink(1e-9, 1e-8, 0.5, 0.5, 1e-9, 0.0), Word.FAIL),
        (Kink(2.0, 1e-8, -1.0, 1.0, 1e-9, 0.0), Word.KINK),
        (Kink(2.0, 1e-8, 1.0, 3.0, 1e-9, 0.0), Word.KINK_OUTSIDE),
    ],
    ids=["not measured", "no jump", "inside", "outside"],
)
def test_suspicion_at_a_kink_becomes_a_kink(kink, word):
    suspicion = Judgement(Word.FAIL, 1.0, 0.5, 1e-9, 8e-9, 1e-8)
    assert judge_kink(kink, line_of(SQUARE, X), QUIET, suspicion).word is word


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        (Word.PASS, Verdict.CORRECT),
        (Word.NOISY, Verdict.CORRECT),
        (Word.PRECISION, Verdict.CORRECT),
        (Word.KINK_INSIDE, Verdict.CORRECT),
        (Word.FAIL, Verdict.WRONG),
        (Word.VACUOUS, Verdict.UNVERIFIED),
        (Word.WEAK, Verdict.UNVERIFIED),
        (Word.UNRESOLVED, Verdict.UNVERIFIED),
        (Word.SUSPECT, Verdict.UNVERIFIED),
        (Word.ISOLATED, Verdict.UNVERIFIED),
        (Word.KINK, Verdict.UNVERIFIED),
        (Word.KINK_OUTSIDE, Verdict.UNVERIFIED),
    ],
)
def test_only_fail_is_wrong_and_only_agreement_is_correct(word, verdict):
    assert Judgement(word, 0.0, 0.0, 0.0, 0.0, 0.0).verdict is verdict


def test_extended_zeros_agree_though_their_smallest_number_is_no_double():
    zeros = np.zeros(3, np.longdouble)
    found = agreement(zeros, zeros, lambda: zeros, 1e-19)
    assert found.agree
    assert found.ratio == 0.0
