"""A point is explained beside itself, and at other sizes, never where the layer does not work."""

import numpy as np
import pytest

import gradcheck
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.budget import WORK, Budget
from gradcheck.diagnosis.nearby import neighbours, trial_of_sizes
from tests.gradcheck.diagnosis.named import diagnosis, first, layer_of, said
from tests.gradcheck.example_layers import LINEAR, elementwise, trial_of

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((20, 40)), RNG.standard_normal((40, 30))


def beside(layer, *primals):
    with silence_warnings():
        return list(neighbours(trial_of(layer, *primals, is_user_point=True), np.random.default_rng(0)))


def test_signs_and_orders_of_magnitude_stay():
    x = np.array([3.0, -0.01, 200.0])
    for trial in beside(elementwise(np.sin, np.cos), x):
        ratio = trial.primals[0] / x[: trial.primals[0].size]
        assert np.all((ratio >= 0.5) & (ratio <= 1.0))


def test_points_stay_where_forward_works():
    layer = elementwise(lambda x: np.sqrt(x - 0.999), lambda x: 0.5 / np.sqrt(x - 0.999))
    points = beside(layer, np.array([1.0, 2.0]))
    assert len(points) > 1
    assert all(np.all(np.isfinite(trial.forward())) for trial in points)


def test_equal_sizes_are_cut_alike():
    trial = trial_of(LINEAR, np.ones((5, 3)), np.ones((3, 2)), np.ones(2))
    cut = trial_of_sizes(trial, {3: 2})
    assert [x.shape for x in cut.primals] == [(5, 2), (2, 2), (2,)]
    assert trial_of_sizes(trial, {7: 2}) is None


def test_large_point_is_explained_by_a_small_one():
    mean = layer_of(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, x.T @ g / len(x)))
    assert first(mean, X, W) == ("divided by size", "x", (0,))


def test_where_and_why_of_a_large_point_agree():
    def backward(g, x, w):
        bar = x.T @ g
        bar[:, -1] *= -1
        return g @ w.T, bar

    found = diagnosis(layer_of(np.matmul, backward), X, W)
    assert (found.where, found.causes[0].key) == ("the last index of axis 1", ("partly", "sign"))


def test_roll_has_the_sign_that_numpy_gives_it():
    layer = layer_of(lambda x: 2 * x, lambda g, x: 2 * np.roll(g, -1))
    assert said(layer, RNG.standard_normal(7)) == "its entries are rolled by -1 along axis 0 of 'x'"
    causes = diagnosis(layer, RNG.standard_normal(7)).causes
    assert ("cotangent", "rolled", "-1", -1) in [cause.key for cause in causes]


def test_copy_of_another_cotangent_is_not_a_swap():
    layer = layer_of(lambda a, b: a * np.sin(b), lambda g, a, b: (g * np.sin(b), g * np.sin(b)))
    assert said(layer, X[:2, :3], X[2:4, :3]) == "it is a copy of the cotangent of 'a'"


def test_complex_input_is_told_in_its_own_shape():
    layer = layer_of(lambda z: z * z, lambda g, z: (g * 2 * np.conj(z))[::-1])
    report = gradcheck.check(layer, np.array([1 + 2j, 0.5 - 1j, 2 + 0.3j]))
    assert report.results[0].example.shapes == {"z": (3,)}
    assert len(report.results[0].evidence.index) == 1
    assert "axis 0 of 'z'" in str(report)


def test_budget_counts_calls_and_entries_and_ends():
    trial = trial_of(LINEAR, X, W, np.zeros(30))
    budget = Budget()
    affordable = sum(budget.affords(trial, 1) for _ in range(int(WORK)))
    assert 0 < affordable < WORK / 10
    assert not budget.affords(trial, 1)


def test_explanation_takes_a_bounded_number_of_calls():
    calls = []

    def forward(x, w):
        calls.append(x.size + w.size)
        return np.tanh(x @ w)

    layer = layer_of(forward, lambda g, x, w: (g @ w.T, x.T @ g))
    diagnosis(layer, X[:4, :6], W[:6, :5])
    assert len(calls) < 2 * WORK
