"""Leaky ReLU, softplus and GELU: values, slopes, and the ends of the number line."""

import numpy as np
import pytest
from scipy import stats

from derivations.activations import relu
from derivations.rectifiers import gelu, gelu_vjp, leaky_relu, leaky_relu_vjp, softplus, softplus_vjp

X = np.linspace(-6, 6, 49)
FORMS = ("erf", "tanh")


def slope(vjp, x, **options):
    return vjp(x, **options)[1](np.ones_like(x))


def test_leaky_relu_and_its_slope_by_hand():
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(leaky_relu(x, slope=0.25), [-0.5, 0, 3])
    np.testing.assert_array_equal(slope(leaky_relu_vjp, x, slope=0.25), [0.25, 0.25, 1])


def test_leaky_relu_of_slope_zero_is_relu_and_of_slope_one_the_identity():
    np.testing.assert_array_equal(leaky_relu(X, slope=0.0), relu(X))
    np.testing.assert_array_equal(leaky_relu(X, slope=1.0), X)


def test_softplus_is_the_positive_part_of_x_plus_what_both_sides_share():
    np.testing.assert_allclose(softplus(X) - softplus(-X), X, atol=1e-15)
    assert softplus(np.array(0.0)) == pytest.approx(np.log(2))


def test_softplus_keeps_its_digits_at_both_ends():
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(softplus(np.array([-1e300, -50.0, 1e300])), [0, np.exp(-50), 1e300])
        np.testing.assert_allclose(slope(softplus_vjp, np.array([-700.0, 700.0])), [np.exp(-700), 1])


def test_gelu_is_x_times_the_normal_distribution():
    np.testing.assert_allclose(gelu(X), X * stats.norm.cdf(X), rtol=1e-14)
    np.testing.assert_allclose(slope(gelu_vjp, X), stats.norm.cdf(X) + X * stats.norm.pdf(X), atol=1e-15)


def test_the_tanh_form_is_near_the_other_and_is_not_it():
    apart = np.abs(gelu(X, form="tanh") - gelu(X))
    assert 1e-4 < apart.max() < 1e-3
    assert 1e-4 < np.abs(slope(gelu_vjp, X, form="tanh") - slope(gelu_vjp, X)).max() < 2e-3


@pytest.mark.parametrize("form", FORMS)
def test_gelu_and_its_mirror_image_differ_by_x(form):
    np.testing.assert_allclose(gelu(X, form=form) - gelu(-X, form=form), X, atol=1e-14)


@pytest.mark.parametrize("form", FORMS)
def test_gelu_far_to_the_left_is_small_and_not_zero(form):
    assert -1e-20 < gelu(np.array(-10.0), form=form) < 0
    assert gelu(np.array(-1e8), form=form) == 0
    assert slope(gelu_vjp, np.array(-1e8), form=form) == 0


@pytest.mark.parametrize("vjp", [leaky_relu_vjp, softplus_vjp, gelu_vjp])
def test_single_precision_stays_single(vjp):
    x = X.astype(np.float32)
    y, pullback = vjp(x)
    assert y.dtype == pullback(x).dtype == np.float32
