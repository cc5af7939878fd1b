"""The step-size curve shows the valley of the measurement and the derived slope above it."""

import numpy as np
import pytest

from gradcheck.judging.evidence import Curve
from gradcheck.reporting.plots import step_curve

figure = pytest.importorskip("matplotlib.figure", reason="the pictures need matplotlib: gradcheck[plot]")


def drawn(derived=3.0, numerical=2.0, error=1e-10, slopes=(2.5, 2.01, 2.0), noise=(1e-15, 1e-14, 0.0)):
    axes = figure.Figure().add_subplot()
    step_curve(axes, Curve((1.0, 0.1, 0.01), slopes, noise, derived, numerical, error))
    axes.figure.draw_without_rendering()
    return axes


def test_curve_is_the_distance_of_each_slope_from_the_numerical_one():
    line = drawn().get_lines()[0]
    np.testing.assert_allclose(line.get_xdata(), [1.0, 0.1])  # the third is at distance 0
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.01])


def test_derived_slope_and_uncertainty_are_level_lines():
    levels = [line.get_ydata()[0] for line in drawn().get_lines()[2:]]
    assert levels == [1.0, 1e-10]


def test_both_scales_are_logarithmic_and_labelled():
    axes = drawn()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "step along a random direction, all entries at once"
    assert axes.get_ylabel() == "distance from the numerical slope"


@pytest.mark.parametrize(
    ("derived", "error", "said"),
    [
        (3.0, 1e-10, "the derived slope is 1e+10 uncertainties off"),
        (2.0 + 1e-12, 1e-10, "the derived slope lies within the uncertainty"),
        (2.0, 0.0, "the derived slope is the numerical one"),
        (2.5, 0.0, "off by 5.0e-01"),
        (np.nan, 1e-10, "the derived slope is not finite"),
    ],
)
def test_title_says_the_finding(derived, error, said):
    assert drawn(derived=derived, error=error).get_title() == said


def test_measurement_without_any_distance_can_be_drawn():
    assert drawn(derived=2.0, error=0.0, slopes=(2.0,) * 3, noise=(0.0,) * 3).get_lines() == []
