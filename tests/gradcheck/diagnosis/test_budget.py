"""What an explanation may cost."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer
from gradcheck.diagnosis import budget
from gradcheck.diagnosis.budget import Budget, slowness
from gradcheck.evaluation import Calls, Trial


def trial_that_takes(seconds):
    layer = Layer.from_gradient(np.sum, np.ones_like, name="sum")
    return Trial.of(layer, (np.ones(3),), {}, 0, Calls(quickest=seconds))


@pytest.mark.parametrize(
    ("seconds", "times"), [(np.inf, 1), (1e-6, 1), (1e-3, 1), (3e-3, 4), (5e-3, 16), (0.5, 1024)]
)
def test_slow_call_counts_as_many_quick_ones(seconds, times):
    assert slowness(trial_that_takes(seconds)) == times


def test_budget_affords_fewer_slow_calls():
    trial = trial_that_takes(1e-3)
    assert Budget(100.0).affords(trial, 90)
    assert not Budget(100.0, slowness=4.0).affords(trial, 90)
    assert Budget(100.0, slowness=4.0).affords(trial, 20)


def wrong_at_one_place(calls):
    def forward(x):
        calls.append(1)
        return np.tanh(x)

    def backward(y_bar, x):
        x_bar = y_bar * (1 - np.tanh(x) ** 2)
        x_bar[3] *= 1.1
        return x_bar

    return Layer.from_backward(forward, backward, name="tanh")


def test_wrong_gradient_of_a_slow_layer_is_told_after_few_calls(monkeypatch):
    x, quick, slow = np.linspace(-1.0, 1.0, 50), [], []
    gradcheck.check(wrong_at_one_place(quick), x)
    monkeypatch.setattr(budget, "QUICK", 1e-9)
    report = gradcheck.check(wrong_at_one_place(slow), x)
    assert len(slow) < len(quick) / 2
    assert "x_bar[3]" in str(report)
    assert "few calls were spent on why" in str(report)


def test_cause_of_a_very_slow_layer_is_seen_at_its_own_point(monkeypatch):
    monkeypatch.setattr(budget, "QUICK", 1e-9)
    calls = []

    def forward(x):
        calls.append(1)
        return np.tanh(x)

    layer = Layer.from_backward(forward, lambda y_bar, x: 2 * y_bar * (1 - np.tanh(x) ** 2), name="tanh")
    (finding,) = gradcheck.check(layer, np.linspace(-1.0, 1.0, 50)).findings
    assert "twice" in finding.diagnosis.causes[0].said
    assert finding.curve is None
    assert len(calls) < 320
