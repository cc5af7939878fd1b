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
