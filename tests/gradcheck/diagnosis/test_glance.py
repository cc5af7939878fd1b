"""Simple causes are named at one large point, from a few slopes; whatever is not simple is not."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.glance import diagnose_by_slopes
from tests.gradcheck.example_layers import trial_of

N = 30
RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((4, N)), RNG.standard_normal((N, N))


def causes(wrong, argnum=1):
    layer = Layer(
        np.matmul, lambda x, w: (x @ w, lambda y_bar: wrong(y_bar @ w.T, x.T @ y_bar)), name="matmul"
    )
    with silence_warnings():
        return [
            cause.key
            for cause in diagnose_by_slopes(trial_of(layer, X, W, is_user_point=True), argnum).causes
        ]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (lambda x_bar, w_bar: (x_bar, -w_bar), ("sign",)),
        (lambda x_bar, w_bar: (x_bar, 2 * w_bar), ("factor", 2.0)),
        (lambda x_bar, w_bar: (x_bar, w_bar / 4), ("constant", 0.25)),
        (lambda x_bar, w_bar: (x_bar, w_bar.T.copy()), ("entries", "transposed", -2, -1)),
        (lambda x_bar, w_bar: (x_bar, w_bar[::-1].copy()), ("entries", "flipped", -2)),
    ],
)
def test_simple_cause_is_named(wrong, key):
    assert causes(wrong)[0] == key


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x_bar, w_bar: (x_bar, w_bar),
        lambda x_bar, w_bar: (x_bar, np.clip(w_bar, -1, 1)),
        lambda x_bar, w_bar: (x_bar, 1.1 * w_bar),
    ],
)
def test_nothing_is_named_where_nothing_explains_it(wrong):
    assert causes(wrong) == []


def test_swapped_cotangents_are_named():
    layer = Layer(
        lambda a, b: a * b, lambda a, b: (a * b, lambda y_bar: (y_bar * a, y_bar * b)), name="product"
    )
    with silence_warnings():
        found = diagnose_by_slopes(trial_of(layer, X, X[::-1] + 1, is_user_point=True), 0)
    assert [cause.key for cause in found.causes] == [("input", "b")]
    assert found.examples == 1


@pytest.mark.parametrize("seed", range(9))
@pytest.mark.parametrize("n", [150, 400, 1000])
def test_nothing_is_named_where_kinks_make_every_slope_uncertain(n, seed):
    """The error of a slope is as large as the slope: within it, anything would do."""
    layer = Layer(np.sort, lambda x: (np.sort(x), lambda y_bar: y_bar.copy()), name="sort")
    x = np.random.default_rng(seed).standard_normal(n)
    with silence_warnings():
        assert diagnose_by_slopes(trial_of(layer, x, is_user_point=True, seed=seed), 0).causes == ()


def test_candidates_that_slopes_do_not_tell_apart_are_not_named():
    """Entries of one value: transposed, flipped or neither is the same."""
    layer = Layer(
        lambda x: x.sum() * np.ones(4), lambda x: (x.sum() * np.ones(4), lambda y_bar: np.full((9, 9), 0.5))
    )
    with silence_warnings():
        assert diagnose_by_slopes(trial_of(layer, np.ones((9, 9)), is_user_point=True), 0).causes == ()


def test_cause_of_the_whole_is_told_with_its_place():
    layer = Layer(np.matmul, lambda x, w: (x @ w, lambda y_bar: (y_bar @ w.T, -(x.T @ y_bar))), name="matmul")
    with silence_warnings():
        assert diagnose_by_slopes(trial_of(layer, X, W, is_user_point=True), 1).where == "every entry"
