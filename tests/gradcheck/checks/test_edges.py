"""An entry at the edge of where a function has a derivative is named, and the others are judged."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

X = np.array([0.0, 1.0, 2.0])
ROWS = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, -1.0]])


def norm(x):
    return np.sqrt((x**2).sum(1))


def entropy(p):
    return -np.where(p > 0.0, p * np.log(np.where(p > 0.0, p, 1.0)), 0.0).sum()


EDGES = {
    "sqrt": (np.sqrt, lambda y, x: y * 0.5 / np.sqrt(x), X, "x[0]"),
    "sum of sqrt": (lambda x: np.sqrt(x).sum(), lambda y, x: y * 0.5 / np.sqrt(x), X, "x[0]"),
    "power": (lambda x: x**0.5, lambda y, x: y * 0.5 * x**-0.5, X, "x[0]"),
    "log": (np.log, lambda y, x: y / x, X, "y[0] is -inf"),
    "norm": (norm, lambda y, x: y[:, None] * x / norm(x)[:, None], ROWS, "x[0, 0]"),
    "cbrt": (np.cbrt, lambda y, x: y / (3 * np.cbrt(x) ** 2), X - 1.0, "x[1]"),
    "entropy": (entropy, lambda y, p: -y * (np.log(p) + 1.0), np.array([0.0, 0.3, 0.7]), "p[0]"),
    "arccos": (np.arccos, lambda y, x: -y / np.sqrt(1 - x**2), np.array([1.0, 0.2, -0.3]), "x[0]"),
    "zero at the edge": (np.sqrt, lambda y, x: y * np.where(x > 0, 0.5 / np.sqrt(x), 0.0), X, "x[0]"),
}


def judged(forward, backward, x, seed):
    with np.errstate(all="ignore"):
        return check(Layer.from_backward(forward, backward), x, seed=seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", EDGES)
def test_right_gradient_at_an_edge_is_unverified_there_and_judged_elsewhere(name, seed):
    forward, backward, x, said = EDGES[name]
    report = judged(forward, backward, x, seed)
    assert report.verdict is Verdict.UNVERIFIED
    (found,) = report.findings
    assert said in found.reason


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", EDGES)
def test_wrong_entry_beside_an_edge_is_found(name, seed):
    forward, backward, x, _ = EDGES[name]

    def wrong(y_bar, x):
        bar = backward(y_bar, x)
        bar.flat[-1] *= 1.001
        return bar

    report = judged(forward, wrong, x, seed)
    assert [r.check for r in report.results if r.verdict is Verdict.WRONG] == ["finite-difference"]
    (found,) = (r for r in report.results if r.check == "finite-difference")
    assert np.ravel_multi_index(found.evidence.index, x.shape) == x.size - 1


def test_other_input_is_judged_where_one_has_an_edge():
    layer = Layer.from_backward(
        lambda x, w: np.sqrt(x) * w, lambda y, x, w: (y * w * 0.5 / np.sqrt(x), 1.001 * y * np.sqrt(x))
    )
    with np.errstate(all="ignore"):
        report = check(layer, X, X + 1.0)
    assert "in the cotangent of 'w'" in report.findings[0].reason


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_cotangent_that_is_not_finite_at_an_ordinary_point_beside_an_edge_is_wrong(value):
    report = judged(np.sqrt, lambda y, x: np.where(x == 1.0, value, y * 0.5 / np.sqrt(x)), X, 0)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].evidence.index == (1,)


def test_cotangent_that_is_not_finite_at_a_stationary_point_is_wrong():
    assert judged(lambda x: x**2, lambda y, x: y * 2 * x * x / x, X, 0).verdict is Verdict.WRONG


def test_what_is_left_out_is_told_in_the_result():
    report = judged(*EDGES["sqrt"][:3], 0)
    (found,) = (r for r in report.results if r.check == "finite-difference")
    assert found.reason == "x[0] is left out, where the derived cotangent is not finite"
