"""Layers run with operations that round at random."""

import numpy as np

import gradcheck
from gradcheck import Layer, Verdict
from gradcheck.evaluation.at_random import Ordinary
from gradcheck.evaluation.trial import Trial
from tests.gradcheck.example_layers import SQUARE, elementwise, trial_of

X = np.array([0.3, -1.2, 0.7])


def rounded(layer):
    ordinary = Ordinary.of(Trial.forward, trial_of(layer, X))
    return ordinary and ordinary.at_random(np.random.default_rng(0))


def test_result_is_off_by_rounding():
    y = rounded(SQUARE)
    assert 0.0 < np.max(np.abs(y - X**2)) < 1e-15


def test_layer_that_raises_gives_nothing():
    def raising(x):
        raise ValueError

    assert rounded(Layer(raising, SQUARE.vjp)) is None


def test_layer_that_asks_for_the_type_of_its_array_gives_nothing():
    def asking(x):
        return x**2 if type(x) is np.ndarray else 1.1 * x**2

    assert rounded(Layer(asking, SQUARE.vjp)) is None


class Statistics:
    mean = 0.0

    def sine(self, x):
        self.mean = 0.1 * x.mean() + 0.9 * self.mean
        return np.sin(x)


def test_what_a_layer_keeps_does_not_disturb_later_checks():
    kept = Statistics()
    wrong, right = elementwise(kept.sine, lambda x: 1.05 * np.cos(x)), elementwise(kept.sine, np.cos)
    verdicts = [gradcheck.check(layer, X).verdict for layer in (right, wrong, wrong, right)]
    assert verdicts == [Verdict.CORRECT, Verdict.WRONG, Verdict.WRONG, Verdict.CORRECT]
    assert np.array_equal(kept.sine(X), np.sin(X))
