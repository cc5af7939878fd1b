"""Errors that large numbers hide, and right gradients whose small entries they drown."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

FAR_APART = [
    [1e-8, 1.0, 1e8],
    [1e-20, 1e20],
    [1e-14, 1.0, 1e18],
    [1e-300, 1e-8, 1e300],
    [1e-12, 1e-6, 1.0, 1e6, 1e12],
]
MAPS = {
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "log": (np.log, lambda x: 1.0 / x),
    "reciprocal": (lambda x: 1.0 / x, lambda x: -1.0 / x**2),
    "root": (lambda x: x**0.1, lambda x: 0.1 * x**-0.9),
}


def elementwise(name, factors=1.0):
    forward, derivative = MAPS[name]
    return Layer.from_backward(forward, lambda g, x: g * derivative(x) * factors, name=name)


def points(name):
    return [x for x in FAR_APART if name != "reciprocal" or max(x) < 1e100]


CASES = [(name, x) for name in MAPS for x in points(name)]


@pytest.mark.parametrize(("name", "x"), CASES)
def test_right_gradient_of_entries_far_apart_is_correct(name, x):
    report = check(elementwise(name), np.array(x))
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize(("name", "x"), CASES)
@pytest.mark.parametrize("factor", [-1.0, 2.0, 0.9])
def test_wrong_entry_among_others_far_apart_is_found(name, x, factor):
    for wrong in range(len(x)):
        factors = np.where(np.arange(len(x)) == wrong, factor, 1.0)
        assert check(elementwise(name, factors), np.array(x)).verdict is Verdict.WRONG, wrong


def test_wrong_entries_among_many_far_apart_are_found():
    x = np.logspace(-12, 12, 200)
    factors = np.where((x > 1e-3) & (x < 1e-2), 2.0, 1.0)
    assert check(elementwise("root", factors), x).verdict is Verdict.WRONG


RADII = np.array([0.3, 1.2, 12.0])


def energy(r):
    return np.sum(4 * (r**-12.0 - r**-6.0))


@pytest.mark.parametrize("factor", [0.0, 2.0, -1.0])
def test_term_that_was_left_out_of_a_small_entry_is_found(factor):
    factors = np.array([1.0, 1.0, factor])
    layer = Layer.from_gradient(energy, lambda r: 4 * (-12 * r**-13.0 + 6 * r**-7.0) * factors)
    (finding,) = check(layer, RADII).findings
    assert finding.evidence.index == (2,)


def test_entry_without_influence_costs_one_call():
    calls = []

    def forward(x):
        calls.append(1)
        return float(np.sum(x[:2] ** 2))

    layer = Layer.from_gradient(forward, lambda x: np.array([2 * x[0], 2 * x[1], 0.0]))
    assert check(layer, [1.0, 2.0, 3.0], checks=("finite-difference",)).verdict is Verdict.CORRECT
    assert len(calls) <= 6


def test_units_that_are_off_at_the_point_cost_two_calls_and_no_word():
    """A step of a third of their weights turns some of them on; one of a thirtieth does not."""
    calls = []
    x = np.array([1.0, 2.0])

    def forward(w):
        calls.append(1)
        return float(np.sum(np.maximum(w @ x, 0.0) ** 2))

    layer = Layer.from_gradient(forward, lambda w: 2 * np.outer(np.maximum(w @ x, 0.0), x))
    w = np.array([[1.0, 1.0], *([1.0, -0.7] for _ in range(8))])
    report = check(layer, w, checks=("finite-difference",))
    assert report.verdict is Verdict.CORRECT
    assert report.results[0].reason == ""
    assert len(calls) <= 8
