"""A gradient that is right along a constraint only is told how to declare it."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict

S = np.array([[2.0, 0.3, -0.4], [0.3, 1.0, 0.1], [-0.4, 0.1, 1.5]])


def logdet(a):
    return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(a))))


def entropy(p):
    return -np.sum(p * np.log(p))


CASES = {
    "symmetric": (logdet, np.linalg.inv, S),
    "simplex": (entropy, lambda p: -np.log(p), np.array([0.2, 0.3, 0.5])),
}


@pytest.mark.parametrize("constraint", CASES)
def test_constraint_along_which_a_gradient_agrees_is_named(constraint):
    forward, gradient, x = CASES[constraint]
    report = gradcheck.check(Layer.from_gradient(forward, gradient), x)
    assert report.verdict is Verdict.WRONG
    assert f'"{constraint}"}}' in " ".join(report.describe().split())


def test_constraint_is_not_named_where_the_gradient_is_wrong_along_it_too():
    report = gradcheck.check(Layer.from_gradient(logdet, lambda a: 1.3 * np.linalg.inv(a)), S)
    assert "tangent=" not in report.describe()


def test_constraint_is_not_named_where_the_input_does_not_lie_on_it():
    report = gradcheck.check(Layer.from_gradient(logdet, np.linalg.inv), S + 0.1 * np.tri(3, k=-1))
    assert "tangent=" not in report.describe()
