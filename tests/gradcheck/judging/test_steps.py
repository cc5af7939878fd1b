"""Forwards that move in steps have no derivative to compare with; what is only flat somewhere has one."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict
from tests.nightly import by_night

X = np.array([0.31, 1.74, -2.23])


def at(forward, backward, x):
    return gradcheck.check(Layer.from_backward(forward, backward), x)


def one_hot(z):
    return (z == z.max()) * 1.0


@pytest.mark.parametrize(
    "forward",
    [np.sign, one_hot, lambda x: (x > 0) * 1.0, lambda x: np.round(x, 1), np.floor],
    ids=["sign", "one-hot", "threshold", "decimals", "floor"],
)
def test_surrogate_gradient_of_steps_is_unverified(forward):
    report = at(forward, lambda g, x: 1.0 * g, X)
    assert report.verdict is Verdict.UNVERIFIED
    assert "forward moves in steps" in report.findings[0].reason


@pytest.mark.parametrize("scale", [1.0, 10.0, 1e6])
@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_rounding_is_never_wrong(scale, decimals):
    report = at(lambda x: np.round(x, decimals), lambda g, x: 1.0 * g, scale * X)
    assert report.verdict in (Verdict.UNVERIFIED, Verdict.CORRECT)


def test_steps_at_the_edge_of_a_domain_are_steps():
    layer = Layer.from_backward(
        lambda x: np.round(20 * x) / 20, lambda g, x: 1.0 * g, shapes={"x": "n"}, domain={"x": (-6.0, 6.0)}
    )
    assert gradcheck.check(layer).verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize("seed", by_night(range(3), by_day=range(1)))
@pytest.mark.parametrize(
    ("forward", "domain"),
    [
        (lambda x: np.round(x, 1), {}),
        (np.sign, {}),
        (np.rint, {"domain": {"x": (-100.0, 100.0)}}),
        (lambda x: np.floor(8 * x) / 8, {"domain": {"x": (0.0, 1.0)}}),
        (lambda x: np.round(127 * np.clip(x, -1, 1)) / 127, {}),
    ],
    ids=["decimals", "sign", "whole numbers", "eighths", "eight bits"],
)
def test_steps_are_steps_at_values_of_every_size(forward, domain, seed):
    layer = Layer.from_backward(forward, lambda g, x: 1.0 * g, shapes={"x": "n m"}, **domain)
    assert gradcheck.check(layer, seed=seed).verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: np.maximum(x, 0), lambda g, x: 1.0 * g),
        (np.abs, lambda g, x: 1.0 * g),
        (lambda x: np.clip(x, -1, 1), lambda g, x: 1.0 * g),
        (lambda x: np.clip(1000 * x, -1, 1), lambda g, x: 1000.0 * g),
        (lambda x: np.tanh(100 * x), lambda g, x: g * (1 + np.tanh(100 * x) ** 2)),
        (lambda x: 0 * x + 3, lambda g, x: 1.0 * g),
    ],
    ids=["relu", "abs", "clip", "steep clip", "saturated tanh", "constant"],
)
def test_wrong_gradient_of_what_is_only_flat_is_wrong(forward, backward):
    assert at(forward, backward, X).verdict is Verdict.WRONG


def test_output_in_steps_does_not_hide_an_error_in_another():
    def loss_and_share(z):
        return np.array([np.sum(np.tanh(z) ** 2), np.mean(z > 0)])

    def backward(factor):
        return lambda g, z: factor * g[0] * np.tanh(z) * (1 - np.tanh(z) ** 2)

    assert at(loss_and_share, backward(2), X).verdict is Verdict.CORRECT
    assert at(loss_and_share, backward(1), X).verdict is Verdict.WRONG


@pytest.mark.parametrize("seed", range(8))
def test_kink_inside_of_a_domain_is_no_step(seed):
    """A ReLU is zero up to its kink, and what is left of it close behind is no jump."""
    layer = Layer.from_backward(
        lambda x: np.maximum(x, 0.0),
        lambda y_bar, x: y_bar * (x > 0.0),
        shapes={"x": "n"},
        domain={"x": (-9.0, 9.0)},
    )
    report = gradcheck.check(layer, seed=seed, checks=("finite-difference",))
    assert report.verdict is Verdict.CORRECT
