"""Inputs on a constraint move along it, and their cotangents count along it only."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, MalformedLayer, Verdict

S = np.array([[2.0, 0.3, -0.4], [0.3, 1.0, 0.1], [-0.4, 0.1, 1.5]])
P = np.array([0.2, 0.3, 0.5])


def logdet(a):
    if not np.array_equal(a, a.T):
        raise ValueError("a must be symmetric")
    return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(a))))


def entropy(p):
    if abs(p.sum() - 1) > 1e-12:
        raise ValueError("p must add up to one")
    return -np.sum(p * np.log(p))


def sphere(x):
    """Return the projection of directions at x onto those along a sphere."""
    return lambda v: v - x * np.vdot(x, v) / np.vdot(x, x)


CASES = {
    "symmetric": (logdet, np.linalg.inv, S),
    "simplex": (entropy, lambda p: -np.log(p), P),
    "skew": (lambda k: k[0, 1] * k[2, 0], lambda k: skew_bar(k), S - S.T + np.tri(3) - np.tri(3).T),
}


def skew_bar(k):
    bar = np.zeros_like(k)
    bar[0, 1], bar[0, 2] = k[2, 0], -k[0, 1]
    return bar


@pytest.mark.parametrize("declared", CASES)
def test_gradient_along_a_constraint_is_compared_along_it(declared):
    forward, gradient, x = CASES[declared]
    layer = Layer.from_gradient(forward, gradient, tangent={next(iter(names(forward))): declared})
    assert gradcheck.check(layer, x).verdict is Verdict.CORRECT


@pytest.mark.parametrize("declared", CASES)
def test_wrong_gradient_along_a_constraint_is_wrong(declared):
    forward, gradient, x = CASES[declared]
    name = next(iter(names(forward)))
    layer = Layer.from_gradient(forward, lambda x: 1.01 * gradient(x), tangent={name: declared})
    assert gradcheck.check(layer, x).verdict is Verdict.WRONG


def names(function):
    return function.__code__.co_varnames


def test_function_projects_directions():
    x = np.array([0.6, 0.0, 0.8])

    def bearing(x):
        return np.arctan2(x[1], x[0])

    def gradient(x):
        off = 7.0 * x  # across the sphere, where nothing is asked
        return np.array([-x[1], x[0], 0.0]) / (x[0] ** 2 + x[1] ** 2) + off

    assert gradcheck.check(Layer.from_gradient(bearing, gradient), x).verdict is Verdict.WRONG
    layer = Layer.from_gradient(bearing, gradient, tangent={"x": sphere(x)})
    assert gradcheck.check(layer, x).verdict is Verdict.CORRECT


def test_map_that_is_no_projection_is_refused():
    layer = Layer.from_gradient(entropy, lambda p: -np.log(p), tangent={"p": lambda v: 2 * v})
    assert "no such projection" in gradcheck.check(layer, P).findings[0].reason


def test_input_that_is_not_what_is_declared_is_refused():
    layer = Layer.from_gradient(logdet, np.linalg.inv, tangent={"a": "symmetric"})
    report = gradcheck.check(layer, S + np.tri(3))
    assert report.verdict is Verdict.UNVERIFIED
    assert "is declared 'symmetric' by tangent=, and is not" in report.findings[0].reason


def test_unknown_constraint_lists_the_known_ones():
    with pytest.raises(MalformedLayer, match="'simplex', 'skew', 'symmetric'"):
        Layer.from_gradient(logdet, np.linalg.inv, tangent={"a": "orthogonal"})


def test_unknown_input_is_named():
    layer = Layer.from_gradient(logdet, np.linalg.inv, tangent={"b": "symmetric"})
    assert "tangent= of 'logdet' names 'b'" in gradcheck.check(layer, S).findings[0].reason


def test_forward_that_raises_off_a_constraint_says_so():
    report = gradcheck.check(Layer.from_gradient(logdet, np.linalg.inv), S)
    reason = report.findings[0].reason
    assert "raised ValueError: a must be symmetric" in reason
    assert 'declare tangent={"a": "symmetric"}' in reason
