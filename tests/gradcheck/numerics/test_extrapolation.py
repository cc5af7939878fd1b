"""The slope at step zero, and an error bar that can be believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.judging.tolerance import K
from gradcheck.numerics.extrapolation import CENTRAL, JUMP, ONE_SIDED, RATIO, slope_at_zero, slopes_at_zero

EPS = float(np.finfo(float).eps)
COEFFICIENTS = st.floats(-10, 10).filter(lambda c: c == 0 or abs(c) > 1e-3)


def steps(count: int, first: float = 0.4) -> np.ndarray:
    return first * RATIO ** -np.arange(count)


@pytest.mark.parametrize("powers", [CENTRAL, ONE_SIDED, JUMP], ids=["central", "one-sided", "jump"])
@given(
    coefficients=st.lists(COEFFICIENTS, min_size=1, max_size=4),
    count=st.integers(7, 20),
    scale=st.sampled_from((1e-8, 1e-3, 1.0, 1e3, 1e8)),
)
def test_slope_of_a_polynomial_is_recovered_within_its_own_error(powers, coefficients, count, scale):
    h = steps(count)
    terms = [c * h**p for c, p in zip(coefficients, powers, strict=False)]
    w = scale * sum(terms)
    sigma = np.full(count, 2 * EPS * max(np.abs(term).max() for term in terms) * scale)
    slope = slope_at_zero(h, w, sigma, powers)
    assert slope is not None
    assert abs(slope.value - scale * coefficients[0]) <= K * slope.error
    assert slope.error <= 1e-6 * scale * (1 + max(map(abs, coefficients)))


def test_error_bar_covers_gaussian_noise_of_the_stated_size():
    rng, h, exceeded = np.random.default_rng(0), steps(14), 0
    for _ in range(500):
        d, c = rng.normal(size=2)
        w = d * h + c * h**3 + 1e-9 * rng.normal(size=h.size)
        slope = slope_at_zero(h, w, [1e-9] * h.size, CENTRAL)
        assert abs(slope.value - d) <= K * slope.error
        exceeded += abs(slope.value - d) > 2 * slope.error
    assert exceeded < 25


def test_error_bar_is_not_merely_large():
    h = steps(14)
    slope = slope_at_zero(h, 2.0 * h - h**3 + h**5 / 7, [1e-16] * h.size, CENTRAL)
    assert slope.value == pytest.approx(2.0, rel=1e-12)
    assert slope.error < 1e-12


def test_larger_noise_gives_a_larger_error():
    h = steps(12)
    errors = [slope_at_zero(h, h, [sigma] * 12, CENTRAL).error for sigma in (1e-15, 1e-10, 1e-5)]
    assert errors[0] < errors[1] < errors[2]


def test_window_starts_below_the_steps_that_hold_structure():
    h = steps(16)
    w = np.where(h > 1e-3, np.sign(np.sin(1e5 * h)), 3.0 * h)
    slope = slope_at_zero(h, w, [1e-15] * h.size, CENTRAL)
    assert h[slope.start] <= 1e-3
    assert slope.value == pytest.approx(3.0, abs=1e-9)


def test_structure_without_an_end_is_not_called_noise():
    h = steps(8)
    assert (
        slope_at_zero(h, np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1e-9, 1e-9, 1e-9]), [1e-9] * 8, CENTRAL).start
        >= 4
    )


def test_all_zero_excess_has_slope_zero_within_the_noise():
    slope = slope_at_zero(steps(8), np.zeros(8), [1e-12] * 8, CENTRAL)
    assert slope.value == 0.0
    assert 0.0 < slope.error < 1e-6


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_rungs_have_no_slope(count):
    assert slope_at_zero(steps(count), steps(count), [1e-16] * count, CENTRAL) is None


def test_tiny_values_do_not_underflow():
    h = steps(12)
    slope = slope_at_zero(h, 1e-200 * h, [1e-216] * 12, CENTRAL)
    assert slope.value == pytest.approx(1e-200, rel=1e-10)
    assert slope.error < 1e-210


@given(st.integers(0, 10_000), st.sampled_from([CENTRAL, ONE_SIDED, JUMP]))
def test_many_slopes_at_once_are_those_of_each(seed, powers):
    rng = np.random.default_rng(seed)
    points = int(rng.integers(3, 14))
    h = 0.4 * RATIO ** -np.arange(points)
    w = sum(rng.normal(size=4) * (h[:, None] ** p) for p in powers[:4]) + 1e-12 * rng.normal(size=(points, 4))
    sigma = np.full((points, 4), 1e-12)
    value, error = slopes_at_zero(h, w, sigma, powers)
    for column in range(4):
        single = slope_at_zero(list(h), list(w[:, column]), list(sigma[:, column]), powers)
        expected = (0.0, np.inf) if single is None else (single.value, single.error)
        np.testing.assert_allclose((value[column], error[column]), expected, rtol=1e-6, atol=1e-15)
