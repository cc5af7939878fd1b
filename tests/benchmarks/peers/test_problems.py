"""The functions that every tool is timed on have right gradients, and are the same every time."""

import numpy as np
import pytest

from benchmarks.calibration.peers.pair import Pair
from benchmarks.peers.problems import FULL, QUICK, Problem, active, case
from benchmarks.peers.tools import SELF, tool


def pair(problem):
    drawn = case(problem)
    return Pair(drawn.layer, drawn, active(drawn), 0)


@pytest.mark.parametrize("problem", QUICK, ids=str)
def test_gradient_is_accepted(problem):
    assert not tool(SELF)(pair(problem))


def test_every_family_is_drawn_the_same_again():
    for problem in QUICK:
        case.cache_clear()
        first = case(problem).primals
        case.cache_clear()
        assert all(np.array_equal(a, b) for a, b in zip(first, case(problem).primals, strict=True))


def test_loss_has_as_many_parameters_as_it_says():
    problem = next(problem for problem in FULL if problem.family == "loss")
    (theta,) = case(problem).primals
    assert abs(theta.size / problem.size - 1) < 1e-2
    case.cache_clear()


def test_constants_are_not_differentiated():
    assert active(case(Problem("network", 4)))[0] == 2
