"""What a layer returned at a point is asked for once, and no later call of the layer changes it."""

from collections import Counter

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.evaluation import Calls, Point
from gradcheck.evaluation.trial import Trial

X = np.array([1.0, -2.0, 3.0])


def trial_of(forward, backward, **fields):
    layer = Layer.from_backward(forward, backward, shapes={"x": "n"}, **fields)
    return Trial.of(layer, (X,), {}, 0, Calls())


def doubling(calls):
    def forward(x):
        calls["forward"] += 1
        return 2 * x

    def backward(y_bar, x):
        calls["backward"] += 1
        return 2 * y_bar

    return trial_of(forward, backward)


def test_checks_share_one_output_and_one_pullback():
    calls = Counter()
    trial = doubling(calls)
    one, other = Point.common(trial), Point.common(trial)
    assert one.y is other.y
    assert one.bar(0) is other.bar(0)
    assert calls == {"forward": 2, "backward": 1}  # the second forward is that of the VJP
    assert (trial.calls.forward, trial.calls.vjp) == (1, 1)


def test_another_cotangent_is_pulled_back_anew():
    calls = Counter()
    trial = doubling(calls)
    point = Point.common(trial)
    np.testing.assert_array_equal(trial.pull_back(3 * point.y_bar).x_bars[0], 3 * point.bar(0))
    assert calls["backward"] == 2


def test_what_is_shared_can_not_be_written_into():
    point = Point.common(doubling(Counter()))
    for array in (point.y, point.y_bar, point.bar(0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_layer_that_writes_every_result_into_one_buffer_changes_nothing_that_is_known():
    y_buffer, bar_buffer = np.empty(3), np.empty(3)
    trial = trial_of(
        lambda x: np.multiply(x, 2, out=y_buffer), lambda y_bar, x: np.multiply(y_bar, 2, out=bar_buffer)
    )
    point = Point.common(trial)
    y, bar = point.y.copy(), point.bar(0).copy()
    trial.at((10 * X,)).forward()
    trial.linearise()[1](np.ones(3))
    np.testing.assert_array_equal(point.y, y)
    np.testing.assert_array_equal(point.bar(0), bar)


def test_trial_elsewhere_knows_nothing():
    trial = doubling(Counter())
    trial.output()
    np.testing.assert_array_equal(trial.with_primal(0, X + 1).output(), 2 * (X + 1))


def test_calls_that_several_checks_share_are_counted_once_by_their_example():
    trial = doubling(Counter())
    trial.known.example = 7
    Point.common(trial)
    assert (trial.calls.forward, trial.calls.vjp) == (0, 0)
    assert trial.calls.shared == {("forward", 7), ("vjp", 7)}


def counted(forward, backward, calls, **fields):
    def count_forward(*xs):
        calls["forward"] += 1
        return forward(*xs)

    def vjp(*xs):
        def pullback(y_bar):
            calls["pullback"] += 1
            return backward(y_bar, *xs)

        return forward(*xs), pullback

    return Layer(count_forward, vjp, **fields)


def test_battery_at_a_large_point_takes_thirty_calls_of_each_at_most():
    calls, rng = Counter(), np.random.default_rng(0)
    layer = counted(
        lambda x, w: np.tanh(x @ w),
        lambda g, x, w: ((h := g / np.cosh(x @ w) ** 2) @ w.T, x.T @ h),
        calls,
        shapes={"x": "n a", "w": "a b"},
        batch="n",
    )
    report = check(layer, rng.standard_normal((8, 100)), rng.standard_normal((100, 100)) / 10)
    assert report.verdict is Verdict.CORRECT
    assert calls["forward"] <= 30
    assert calls["pullback"] <= 30
