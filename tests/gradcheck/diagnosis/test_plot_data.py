"""A failing example's cotangent is compared entry by entry, and its slope measured at many steps."""

import numpy as np
import pytest

from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.plot_data import measure_plot_data
from tests.gradcheck.example_layers import RELU, elementwise, trial_of

X = np.array([0.3, -1.2, 2.0])


def pictures(layer, x=X):
    with silence_warnings():
        return measure_plot_data(trial_of(layer, x), 0)


def test_right_cotangent_is_within_what_is_allowed():
    comparison, _ = pictures(elementwise(np.sin, np.cos))
    assert comparison.what == "x_bar"
    assert np.all(np.abs(comparison.derived - comparison.numerical) <= comparison.allowed)


def test_wrong_entry_is_off_by_its_error():
    def slope(x):
        bar = np.cos(x)
        bar[1] *= 3
        return bar

    comparison, _ = pictures(elementwise(np.sin, slope))
    ratio = comparison.derived / comparison.numerical
    assert ratio == pytest.approx([1, 3, 1], rel=1e-7)
    beyond = np.abs(comparison.derived - comparison.numerical) > comparison.allowed
    assert beyond.tolist() == [False, True, False]


def test_curve_nears_its_slope_within_its_error_bar():
    _, curve = pictures(elementwise(np.sin, np.cos))
    steps, slopes = np.array(curve.steps), np.array(curve.slopes)
    assert steps.shape == slopes.shape
    assert curve.numerical == pytest.approx(curve.derived, rel=1e-8)
    assert np.abs(slopes - curve.numerical).min() < 1e-6 * np.abs(slopes - curve.numerical).max()


def test_layer_that_raises_has_no_pictures():
    def raising(x):
        raise ValueError(x.shape)

    assert pictures(elementwise(raising, np.cos)) == (None, None)


def test_kink_within_a_step_has_no_comparison():
    assert pictures(RELU, np.array([0.0, 1.0]))[0] is None
