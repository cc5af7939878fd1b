"""Beside a minimum, steps of an input's own size show nothing; those of size 1 do."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

MINIMA = {
    "pseudo-Huber": (lambda x: np.sum(np.sqrt(1 + x**2) - 1), lambda x: x / np.sqrt(1 + x**2)),
    "one minus cosine": (lambda x: np.sum(1 - np.cos(x)), np.sin),
    "Gaussian": (lambda x: np.sum(np.exp(-(x**2))), lambda x: -2 * x * np.exp(-(x**2))),
}
SMALL = [[1e-6], [1e-8], [1e-7, -3e-8]]


@pytest.mark.parametrize("x", SMALL, ids=str)
@pytest.mark.parametrize("name", MINIMA)
def test_right_gradient_beside_a_minimum_is_correct(name, x):
    report = check(Layer.from_gradient(*MINIMA[name]), x)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize("factor", [0.0, 2.0, -1.0])
@pytest.mark.parametrize("x", SMALL, ids=str)
@pytest.mark.parametrize("name", MINIMA)
def test_wrong_gradient_beside_a_minimum_is_wrong(name, x, factor):
    f, gradient = MINIMA[name]
    report = check(Layer.from_gradient(f, lambda x: factor * gradient(x)), x)
    assert report.verdict is Verdict.WRONG, str(report)


@pytest.mark.parametrize("x", [[-1e-8], [-1e-8, -1e-3], [0.0, -1e-5]], ids=["one", "two", "one on the kink"])
def test_dead_rectifier_is_never_wrong(x):
    layer = Layer.from_gradient(lambda x: np.maximum(x, 0).sum(), lambda x: (x > 0) * 1.0)
    assert check(layer, x).verdict is not Verdict.WRONG


def cut_off(x):
    return np.sum(np.where(np.abs(x) < 1e-5, 0.0, x))


def test_zero_in_a_branch_of_its_own_is_not_judged_by_the_slope_outside():
    layer = Layer.from_gradient(cut_off, lambda x: (np.abs(x) >= 1e-5) * 1.0)
    for seed in range(5):
        report = check(layer, [0.4568835141865251, 0.0, 0.09, 0.36], seed=seed)
        assert report.verdict is Verdict.CORRECT, str(report)
