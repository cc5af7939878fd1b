"""At the edge of a domain there are one-sided slopes only, and rounding is no smaller there."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

EDGE = 15.0
"""Near it, tanh has three digits left of its distance from one."""


def layer(factor):
    return Layer.from_backward(
        lambda x: np.arctanh(np.tanh(x)),
        lambda g, x: factor * g,
        shapes={"x": "n"},
        domain={"x": (-EDGE, EDGE)},
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("x", [np.array([EDGE]), np.array([-EDGE, EDGE, 14.0])], ids=str)
def test_digits_that_are_lost_at_an_edge_are_no_wrong_gradient(x, seed):
    report = check(layer(1.0), x, checks=("finite-difference",), seed=seed)
    assert report.verdict is not Verdict.WRONG, str(report)


@pytest.mark.parametrize("seed", range(5))
def test_wrong_factor_is_found_at_an_edge(seed):
    x = np.array([0.1 * EDGE])
    wrong = replace(layer(2.0), domain={"x": (-0.1 * EDGE, 0.1 * EDGE)})
    assert check(wrong, x, checks=("finite-difference",), seed=seed).verdict is Verdict.WRONG


def entropy(factor):
    factors = np.array([1.0, 1.0, factor])
    return Layer.from_gradient(lambda p: -(p * np.log(p)).sum(), lambda p: factors * (-np.log(p) - 1))


def roots(factor):
    factors = np.array([1.0, 1.0, factor])
    return Layer.from_backward(np.sqrt, lambda g, x: factors * g * 0.5 / np.sqrt(x))


def shifted(factor):
    factors = np.array([1.0, 1.0, factor])
    return Layer.from_gradient(
        lambda x: ((x - 1) * np.log(x - 1)).sum(), lambda x: factors * (np.log(x - 1) + 1)
    )


def both_ways(factor):
    factors = np.array([1.0, 1.0, factor])
    return Layer.from_gradient(
        lambda x: (x * np.log(np.abs(x))).sum(), lambda x: factors * (np.log(np.abs(x)) + 1)
    )


NEAR_AN_EDGE = [
    (entropy, [1e-18, 0.3, 0.7]),
    (entropy, [1e-300, 0.3, 0.7]),
    (roots, [1e-32, 0.3, 0.7]),
    (roots, [1e-100, 0.3, 0.7]),
    (shifted, [1.0 + 4e-16, 2.0, 3.0]),
    (both_ways, [1e-25, -0.3, 0.7]),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("function", "x"), NEAR_AN_EDGE, ids=lambda given: getattr(given, "__name__", str(given))
)
def test_entry_that_is_nearer_to_an_edge_than_any_step_accuses_nobody(function, x, seed):
    (result,) = check(function(1.0), np.array(x), checks=("finite-difference",), seed=seed).results
    assert result.verdict is not Verdict.WRONG, result.reason
    (result,) = check(function(1.01), np.array(x), checks=("finite-difference",), seed=seed).results
    assert result.verdict is Verdict.WRONG
