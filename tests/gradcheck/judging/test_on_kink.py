"""A point of the caller's that sits on a kink is judged entry by entry."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck._util.silence import silence_warnings
from gradcheck.judging.tolerance import Reason
from gradcheck.judging.verdict import judge_on_kink
from tests.gradcheck.example_layers import elementwise, point_of, relu

MIXED = np.array([0.0, 1.0, -1.0])


def judged(slope, x, **fields):
    with silence_warnings():
        return judge_on_kink(point_of(elementwise(relu, slope, **fields), x), 0, np.random.default_rng(0))[0]


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_subgradient_is_inside(at_zero):
    judgement = judged(lambda x: np.where(x == 0, at_zero, x > 0), MIXED)
    assert judgement.reason is Reason.KINK_INSIDE
    assert judgement.comparison.sensitivity < 0.05


def test_point_that_is_nothing_but_kink_resolves_nothing():
    assert judged(lambda x: 1.0 * (x > 0), np.zeros(2)).comparison.sensitivity == np.inf


def test_slope_outside_is_wrong_where_every_entry_has_its_kink_alone():
    assert judged(lambda x: np.where(x == 0, 2.0, x > 0), MIXED).reason is Reason.DIFFERS


def _total(factor):
    """Return Σ max(x, 0) at zeros, where the sum mixes the kinks of all entries."""
    return Layer.from_backward(
        lambda x: np.maximum(x, 0.0).sum(),
        lambda y_bar, x: y_bar * np.where(x == 0, factor, x > 0),
    )


def test_slope_outside_stays_a_doubt_in_a_sum_unless_it_is_declared_piecewise_linear():
    for traits, reason in ((), Reason.KINK_OUTSIDE), (("piecewise-linear",), Reason.DIFFERS):
        layer = replace(_total(2.0), traits=frozenset(traits))
        with silence_warnings():
            judgement, _ = judge_on_kink(point_of(layer, MIXED), 0, np.random.default_rng(0))
        assert judgement.reason is reason


def test_entry_that_is_wrong_off_the_kink_is_wrong():
    assert judged(lambda x: 1.001 * (x > 0), MIXED).reason is Reason.DIFFERS


@pytest.mark.parametrize("seed", range(4))
def test_wrong_entry_among_a_thousand_is_found_beside_a_kink(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=1000)
    x[0] = 0.0
    place = int(rng.choice(np.flatnonzero(x > 0.0)))

    def slope(x):
        return np.where(np.arange(1000) == place, 100.0, 1.0) * (x > 0)

    assert judged(lambda x: 1.0 * (x > 0), x).reason is Reason.KINK_INSIDE
    assert judged(slope, x).reason is Reason.DIFFERS


def test_kinks_take_a_few_calls_each():
    x = np.zeros(64)
    point = point_of(elementwise(relu, lambda x: 1.0 * (x > 0)), x)
    before = point.trial.calls.forward
    with silence_warnings():
        judge_on_kink(point, 0, np.random.default_rng(0))
    assert point.trial.calls.forward - before <= 4 * 64


@pytest.mark.parametrize("slope", [-3.0, 1.5, 5.0])
@pytest.mark.parametrize("forward", [np.abs, lambda x: np.maximum(x, 0.0)], ids=["abs", "relu"])
def test_value_that_is_no_subgradient_is_wrong_over_shapes_too(forward, slope):
    def backward(y_bar, x):
        right = np.sign(x) if forward is np.abs else (x > 0.0).astype(x.dtype)
        return y_bar * np.where(x == 0.0, slope, right).astype(x.dtype)

    layer = Layer.from_backward(forward, backward, name="kink", shapes={"x": "n"})
    assert check(layer).verdict is Verdict.WRONG


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: np.maximum(x[:-1], x[1:]), lambda y_bar, x: _route(y_bar, x[:-1] >= x[1:])),
        (lambda x: np.abs(x[:-1]) + np.abs(x[1:]), lambda y_bar, x: _route(y_bar, 1.0) * np.sign(x)),
    ],
    ids=["pairs of maxima", "pairs of absolute values"],
)
def test_right_subgradients_where_kinks_meet_are_not_wrong(forward, backward, seed):
    layer = Layer.from_backward(forward, backward, name="kinks", shapes={"x": "n"}, where=lambda n: n > 0)
    assert check(layer, seed=seed).verdict is Verdict.CORRECT


def _route(y_bar, first):
    """Return what the first and the second entry of each pair get; of a number, both get all."""
    none = np.zeros(1, y_bar.dtype)
    second = y_bar if np.ndim(first) == 0 else y_bar * ~first
    return np.concatenate([y_bar * np.asarray(first, y_bar.dtype), none]) + np.concatenate([none, second])
