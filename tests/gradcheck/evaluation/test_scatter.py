"""How far one ulp of the inputs moves each entry of a result."""

from itertools import cycle

import numpy as np

from gradcheck import Layer
from gradcheck.evaluation.scatter import (
    forward_scatter,
    invisible_cotangent,
    largest_change,
    pullback_rounding,
    pullback_scatter,
)
from tests.gradcheck.example_layers import SQUARE, point_of, square, trial_of

EPS = float(np.finfo(float).eps)
X = np.array([1.0, 1e6, 1e-6])


def test_scatter_of_a_plain_layer_is_of_a_few_units_in_the_last_place():
    point = point_of(SQUARE, X)
    scatter = pullback_scatter(point, 0)
    assert np.all(scatter <= 8 * EPS * np.abs(point.x_bar(0)))
    assert scatter.max() > 0.0


def test_scatter_shows_the_entry_that_cancels():
    def forward(x):
        return np.concatenate([x, (x + 1e9) - 1e9])

    trial = trial_of(Layer(forward, square), np.array([np.pi]))
    scatter = forward_scatter(trial, trial.forward())
    assert scatter[0] < 1e-14
    assert 2.0**-23 <= scatter[1] <= 2.0**-21


def test_scatter_is_the_same_each_time():
    point = point_of(SQUARE, X)
    assert np.array_equal(pullback_scatter(point, 0), pullback_scatter(point, 0))


def test_what_is_unseen_is_lost_in_the_rounding_of_the_output():
    point = point_of(SQUARE, np.array([2.0, -4.0]))
    lost = invisible_cotangent(point, 0)
    moved = lost * np.array([2.0, 4.0])
    np.testing.assert_allclose(moved, EPS * point.size)


def test_a_zero_entry_is_moved_as_far_as_the_others_are():
    point = point_of(SQUARE, np.array([3.0, 0.0, 4.0]))
    assert invisible_cotangent(point, 0)[1] == EPS * point.size / (5 / np.sqrt(3))
    assert np.all(invisible_cotangent(point_of(SQUARE, np.zeros(2)), 0) == 0.0)


def test_rounding_is_no_less_than_scatter_and_than_what_is_unseen():
    point = point_of(SQUARE, X)
    rounding = pullback_rounding(point, 0)
    assert np.array_equal(rounding, np.maximum(pullback_scatter(point, 0), invisible_cotangent(point, 0)))


def test_largest_change_is_taken_entry_by_entry():
    samples = cycle(np.repeat([[1.0, 0.0], [0.0, -3.0], [0.5, 1.0], [np.nan, 0.0]], 2, axis=0))
    trial = trial_of(Layer(np.sin, square), np.array([np.pi]))
    change = largest_change(np.zeros(2), lambda *_: np.array(next(samples)), trial, trial.rng("scatter"))
    assert change.tolist() == [1.0, 3.0]
