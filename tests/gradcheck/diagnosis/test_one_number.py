"""Causes of wrong gradients of one number, at a point, and of numbers far from 1."""

import math

import numpy as np
import pytest

from gradcheck import Layer, check


def cause(function, slope, x):
    """Return the cause that is named first, or nothing."""
    diagnosis = check(Layer.from_gradient(function, slope), x).findings[0].diagnosis
    return diagnosis.causes[0].said if diagnosis.causes else ""


@pytest.mark.parametrize(
    ("function", "slope", "x", "said"),
    [
        (lambda x: x**2, lambda x: 4 * x, 1.5, "it is twice what it should be"),
        (lambda x: x**2, lambda x: 4 * x, np.array(1.5), "it is twice what it should be"),
        (lambda x: float(x[0] ** 2), lambda x: 4 * x, np.array([1.5]), "it is twice what it should be"),
        (math.log, lambda x: 2 / x, 2.0, "it is twice what it should be"),
        (math.exp, lambda x: -math.exp(x), 0.7, "it has the wrong sign"),
        (math.exp, lambda x: 2 * math.exp(x), 0.0, "it is twice what it should be"),
        (
            math.sin,
            lambda x: math.cos(x) + 1,
            0.0,
            "the cotangent of the output itself is added, which it should not be",
        ),
    ],
    ids=["float", "no axes", "one entry", "builtin", "sign", "at zero", "another one at zero"],
)
def test_scalar_has_a_cause(function, slope, x, said):
    assert cause(function, slope, x) == said


POINT = np.random.default_rng(0).normal(size=4)


def test_factor_of_units_that_is_missing_is_no_other_mistake():
    """Beside a slope of 1e-19 the error of measurement explains whatever is multiplied by it."""
    said = cause(lambda x: float((x**4).sum()) * 1.602e-19, lambda x: 4 * x**3, POINT)
    assert "6.2422e+18 times what it should be" in said


def test_gradient_that_is_small_beside_the_right_one_is_not_called_zero():
    def energy(x):
        return float(1.65e-21 * ((x / 3.4e-10) ** 4).sum())

    assert cause(energy, lambda x: 1.65e-21 * 4 * (x / 3.4e-10) ** 3, 3.4e-10 * POINT) == ""


def test_place_of_a_wrong_entry_is_that_of_the_point_and_not_of_smaller_ones():
    """Index 3 is the last of the four entries to which the point is cut."""

    def slope(x):
        x_bar = 2.0 * x
        x_bar[3] *= 1.5
        return x_bar

    x = np.random.default_rng(0).normal(size=3000)
    report = check(Layer.from_gradient(lambda x: float(np.sum(x**2)), slope), x)
    assert report.findings[0].diagnosis.where == "[3]"
