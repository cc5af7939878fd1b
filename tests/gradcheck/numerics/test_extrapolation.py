"""The slope at step zero, and an error bar that can be believed."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.judging.tolerance import K
from gradcheck.numerics.extrapolation import (
    CENTRAL_POWERS,
    JUMP_POWERS,
    ONE_SIDED_POWERS,
    RATIO,
    TOGETHER,
    slopes_at_zero,
)

EPS = float(np.finfo(float).eps)
COEFFICIENTS = st.floats(-10, 10).filter(lambda c: c == 0 or abs(c) > 1e-3)


def steps(count: int, first: float = 0.4) -> np.ndarray:
    return first * RATIO ** -np.arange(count)


@dataclass
class Single:
    value: float
    error: float


def slope_at_zero(h, w, sigma, powers):
    """Fit one quantity."""
    fit = slopes_at_zero(np.asarray(h), np.asarray(w)[:, None], np.asarray(sigma)[:, None], powers)
    return Single(fit.value[0], fit.error[0])


@pytest.mark.parametrize(
    "powers", [CENTRAL_POWERS, ONE_SIDED_POWERS, JUMP_POWERS], ids=["central", "one-sided", "jump"]
)
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
    assert np.isfinite(slope.error)
    assert abs(slope.value - scale * coefficients[0]) <= K * slope.error
    assert slope.error <= 1e-6 * scale * (1 + max(map(abs, coefficients)))


def test_error_bar_covers_gaussian_noise_of_the_stated_size():
    rng, h, exceeded = np.random.default_rng(0), steps(14), 0
    for _ in range(500):
        d, c = rng.normal(size=2)
        w = d * h + c * h**3 + 1e-9 * rng.normal(size=h.size)
        slope = slope_at_zero(h, w, [1e-9] * h.size, CENTRAL_POWERS)
        assert abs(slope.value - d) <= K * slope.error
        exceeded += abs(slope.value - d) > 2 * slope.error
    assert exceeded < 25


def test_error_bar_is_not_merely_large():
    h = steps(14)
    slope = slope_at_zero(h, 2.0 * h - h**3 + h**5 / 7, [1e-16] * h.size, CENTRAL_POWERS)
    assert slope.value == pytest.approx(2.0, rel=1e-12)
    assert slope.error < 1e-12


def test_larger_noise_gives_a_larger_error():
    h = steps(12)
    errors = [slope_at_zero(h, h, [sigma] * 12, CENTRAL_POWERS).error for sigma in (1e-15, 1e-10, 1e-5)]
    assert errors[0] < errors[1] < errors[2]


def test_window_starts_below_the_steps_that_hold_structure():
    h = steps(16)
    w = np.where(h > 1e-3, np.sign(np.sin(1e5 * h)), 3.0 * h)
    slope = slope_at_zero(h, w, [1e-15] * h.size, CENTRAL_POWERS)
    assert slope.value == pytest.approx(3.0, abs=1e-9)


def test_structure_without_an_end_is_not_called_noise():
    """A window with the ones in it would give a slope near 1/h; those below them see the noise alone."""
    h = steps(8)
    w = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1e-9, 1e-9, 1e-9])
    slope = slope_at_zero(h, w, [1e-9] * 8, CENTRAL_POWERS)
    assert slope.error >= 1e-9 / h[4]
    assert abs(slope.value) < 1e-2 / h[4]


def test_all_zero_excess_has_slope_zero_within_the_noise():
    slope = slope_at_zero(steps(8), np.zeros(8), [1e-12] * 8, CENTRAL_POWERS)
    assert slope.value == 0.0
    assert 0.0 < slope.error < 1e-6


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_rungs_have_no_slope(count):
    assert slope_at_zero(steps(count), steps(count), [1e-16] * count, CENTRAL_POWERS).error == np.inf


def test_tiny_values_do_not_underflow():
    h = steps(12)
    slope = slope_at_zero(h, 1e-200 * h, [1e-216] * 12, CENTRAL_POWERS)
    assert slope.value == pytest.approx(1e-200, rel=1e-10)
    assert slope.error < 1e-210


@given(st.integers(0, 10_000), st.sampled_from([CENTRAL_POWERS, ONE_SIDED_POWERS, JUMP_POWERS]))
def test_many_slopes_at_once_are_those_of_each(seed, powers):
    rng = np.random.default_rng(seed)
    points = int(rng.integers(3, 14))
    h = 0.4 * RATIO ** -np.arange(points)
    w = sum(rng.normal(size=4) * (h[:, None] ** p) for p in powers[:4]) + 1e-12 * rng.normal(size=(points, 4))
    sigma = np.full((points, 4), 1e-12)
    fit = slopes_at_zero(h, w, sigma, powers)
    for column in range(4):
        single = slope_at_zero(h, w[:, column], sigma[:, column], powers)
        found = fit.value[column], fit.error[column]
        np.testing.assert_allclose(found, (single.value, single.error), rtol=1e-6, atol=1e-15)


def test_more_quantities_than_are_fitted_together_are_fitted_in_parts():
    rng, h = np.random.default_rng(0), steps(8)
    slopes = rng.normal(size=2 * TOGETHER + 3)
    fit = slopes_at_zero(h, h[:, None] * slopes, np.full((8, slopes.size), 1e-16), CENTRAL_POWERS)
    np.testing.assert_allclose(fit.value, slopes, rtol=1e-12)
    assert fit.error.shape == slopes.shape


def test_error_holds_where_later_values_have_squares_of_zero_beside_the_first():
    """Measured on a softmax in which one exponential of 1e-149 has a slope, and another one soon is 1."""
    h = 0.26442079468302343 * RATIO ** -np.arange(10)
    slopes = np.array(
        [
            *(-4.742756319553517, -3.826749317503844e-57, -6.777093866427271e-128, -3.93213486145412e-145),
            *(-4.233955600899555e-149, -1.5430127121524926e-150, -9.318727228607343e-152),
            *(-5.81172410780655e-153, -3.631840301650775e-154, -2.260798217705698e-155),
        ]
    )
    fit = slopes_at_zero(h, (slopes * h)[:, None], np.full((10, 1), 1e-165), CENTRAL_POWERS)
    assert abs(fit.value[0]) <= K * fit.error[0]
