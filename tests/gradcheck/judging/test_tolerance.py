"""The only home of a tolerance: agreement at rounding level, and words from measurements."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcheck.judging.tolerance import (
    ROUNDING,
    WEAK,
    Comparison,
    Reason,
    compare_arrays,
    compare_sides,
    compare_slope,
    compare_to_bar,
)
from gradcheck.judging.verdict import _judgement
from gradcheck.numerics.extrapolation import Fit
from gradcheck.numerics.ladder import Ladder
from gradcheck.numerics.noise import Noise
from gradcheck.numerics.one_sided import OneSidedSlopes
from gradcheck.numerics.slope import Slope
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of

EPS = float(np.finfo(float).eps)
X = np.array([1.0, -2.0, 3.0])
QUIET = Noise(EPS, EPS * X, EPS)


def never():
    message = "scatter was measured without need"
    raise AssertionError(message)


def test_agreement_of_equal_arrays_needs_no_scatter():
    compared = compare_arrays(X, X, never, EPS)
    assert compared.agree
    assert compared.sensitivity < 1e-12


@given(npst.arrays(np.float64, st.integers(1, 6), elements=st.floats(-1e6, 1e6)))
def test_entries_may_differ_by_rounding_of_the_largest(reference):
    apart = 0.9 * ROUNDING * EPS * np.abs(reference).max()
    assert compare_arrays(reference + apart, reference, never, EPS).agree


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_entry_beyond_rounding_is_found_at_every_scale(scale):
    value = X * scale
    value[1] += 3 * ROUNDING * EPS * 3 * scale
    compared = compare_arrays(value, X * scale, lambda: np.zeros(3), EPS)
    assert (compared.agree, compared.index, compared.wrong) == (False, (1,), 1)
    assert compared.allowed == pytest.approx(ROUNDING * EPS * 3 * scale)


def test_worst_of_several_wrong_entries_is_named():
    compared = compare_arrays(X + np.array([0.0, 0.5, 0.1]), X, lambda: np.zeros(3), EPS)
    assert (compared.index, compared.wrong) == ((1,), 2)


def test_nan_is_a_disagreement_and_the_worst_one():
    compared = compare_arrays(np.array([1.0, np.nan, 9.0]), X, lambda: np.zeros(3), EPS)
    assert (compared.agree, compared.index, compared.wrong) == (False, (1,), 2)


def test_scatter_of_the_inputs_is_allowed_for_entry_by_entry():
    scatter = np.array([0.0, 0.01, 0.0])
    assert compare_arrays(X + np.array([0.0, 0.5, 0.0]), X, lambda: scatter, EPS).agree
    assert not compare_arrays(X + np.array([0.5, 0.0, 0.0]), X, lambda: scatter, EPS).agree


def test_agreement_of_zeros_resolves_nothing():
    compared = compare_arrays(np.zeros(2), np.zeros(2), never, EPS)
    assert compared.agree
    assert compared.sensitivity == np.inf


def test_agreement_of_empty_arrays():
    assert compare_arrays(np.zeros((0, 2)), np.zeros((0, 2)), never, EPS).agree


def test_size_of_cancelled_terms_counts():
    assert compare_arrays(X * 1e-10 + 1e-12, X * 1e-10, never, EPS, terms=1e3).agree
    assert not compare_arrays(X * 1e-10 + 1e-12, X * 1e-10, lambda: np.zeros(3), EPS).agree


def test_single_precision_is_compared_in_its_own_rounding_unit():
    single = X.astype(np.float32)
    assert compare_arrays(single * np.float32(1 + 1e-6), single, never, float(np.finfo(np.float32).eps)).agree


@pytest.mark.parametrize(
    ("error", "bar", "word"),
    [
        (0.0, 1e-9, Reason.AGREES),
        (7e-9, 1e-9, Reason.AGREES),
        (9e-9, 1e-9, Reason.DIFFERS),
        (1.0, 1e3, Reason.WEAK),
    ],
)
def test_slope_is_judged_by_its_own_bar(error, bar, word):
    judgement = compare_to_bar(line_of(SQUARE, X), error, bar, QUIET)
    assert judgement.reason is word
    assert judgement.error == error
    assert (judgement.sensitivity <= WEAK) is (word is not Reason.WEAK)


def test_factor_in_terms_that_cancel_is_seen_in_what_is_left_of_them():
    line = line_of(SQUARE, X)
    cancelling = replace(line, v=np.array([1.0, 1.0, -1.95]) / line.near.x_bar)
    left = abs(cancelling.predicted)
    assert left < 0.1 * cancelling.scale
    comparison = compare_to_bar(cancelling, 0.1 * left, 0.02 * left, QUIET)
    assert comparison.reason is Reason.WEAK
    assert comparison.sensitivity == pytest.approx(0.16)


def test_zero_slope_is_a_zero_unless_it_is_wrong():
    line = line_of(elementwise(lambda x: 1 + 0 * x, np.zeros_like), X)
    assert compare_to_bar(line, 0.0, EPS, QUIET).reason is Reason.ZERO
    assert compare_to_bar(line, 1.0, EPS, QUIET).reason is Reason.DIFFERS


def slope_of(error, bar, *, continuous=True, sides=None):
    """Return a slope as a ladder may leave it."""
    fit = Fit(np.array([error]), np.array([bar]))
    ladder = Ladder((), np.zeros((0, 1)), fit, np.array([continuous]))
    slope = Slope(line_of(SQUARE, X), QUIET, fit, ladder)
    vars(slope)["sides"] = sides
    return slope


def test_ladder_without_a_slope_is_unresolved():
    comparison = compare_slope(slope_of(0.0, np.inf))
    assert comparison.reason is Reason.UNRESOLVED
    assert comparison.sensitivity == np.inf


@pytest.mark.parametrize("error", [0.0, 1.0])
def test_ladder_that_is_not_continuous_is_unresolved_whatever_it_says(error):
    assert compare_slope(slope_of(error, 1e-9, continuous=False)).reason is Reason.UNRESOLVED


def sides_of(jump, below, above):
    return OneSidedSlopes(*(np.array([value]) for value in (below, above, 1e-9 / 8, jump, 1e-8 / 8, 0.0)))


@pytest.mark.parametrize(
    ("sides", "reason"),
    [
        (None, Reason.DIFFERS),
        (sides_of(1e-9, 0.5, 0.5), Reason.DIFFERS),
        (sides_of(2.0, -1.0, 1.0), Reason.KINK),
        (sides_of(2.0, 1.0, 3.0), Reason.KINK_OUTSIDE),
    ],
    ids=["not measured", "no jump", "inside", "outside"],
)
def test_suspicion_at_a_kink_becomes_a_kink(sides, reason):
    suspicion = Comparison(Reason.DIFFERS, 1.0, 0.5, 1e-9, 8e-9, 1e-8)
    assert compare_sides(slope_of(0.5, 1e-9, sides=sides), suspicion).reason is reason


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        (Reason.AGREES, Verdict.CORRECT),
        (Reason.NOISY, Verdict.CORRECT),
        (Reason.PRECISION, Verdict.CORRECT),
        (Reason.KINK_INSIDE, Verdict.CORRECT),
        (Reason.DIFFERS, Verdict.WRONG),
        (Reason.VACUOUS, Verdict.UNVERIFIED),
        (Reason.WEAK, Verdict.UNVERIFIED),
        (Reason.UNRESOLVED, Verdict.UNVERIFIED),
        (Reason.SUSPECT, Verdict.UNVERIFIED),
        (Reason.ISOLATED, Verdict.UNVERIFIED),
        (Reason.KINK, Verdict.UNVERIFIED),
        (Reason.KINK_OUTSIDE, Verdict.UNVERIFIED),
    ],
)
def test_only_fail_is_wrong_and_only_agreement_is_correct(word, verdict):
    assert _judgement(Comparison(word, 0.0, 0.0, 0.0, 0.0, 0.0)).verdict is verdict


def test_extended_zeros_agree_though_their_smallest_number_is_no_double():
    zeros = np.zeros(3, np.longdouble)
    found = compare_arrays(zeros, zeros, lambda: zeros, 1e-19)
    assert found.agree
    assert found.ratio == 0.0
