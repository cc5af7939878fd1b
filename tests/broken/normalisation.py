"""Wrong gradients of normalisations."""

from __future__ import annotations

import numpy as np

from gradcheck import Layer
from tests.broken.record import FD, one_entry_off, with_backward

VARIANCE_FLOOR = 1e-5


def _standardised(x, axis):
    """Return (x − mean)/σ along an axis, and σ."""
    centred = x - x.mean(axis=axis, keepdims=True)
    sigma = np.sqrt((centred * centred).mean(axis=axis, keepdims=True) + VARIANCE_FLOOR)
    return centred / sigma, sigma


def _standardised_bar(z_bar, z, sigma, axis):
    """Return x̄ of `_standardised`: both statistics depend on every entry of x."""
    along_mean = z_bar.mean(axis=axis, keepdims=True)
    along_sigma = z * (z_bar * z).mean(axis=axis, keepdims=True)
    return (z_bar - along_mean - along_sigma) / sigma


def batch_norm(x, gamma, beta):
    return _standardised(x, 0)[0] * gamma + beta


_NORMED = {"x": "n k", "gamma": "k", "beta": "k"}


def _is_filled(n, k):
    return n >= 1 and k >= 1


def batch_norm_backward(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    return _standardised_bar(y_bar * gamma, z, sigma, 0), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


BATCH_NORM = Layer.from_backward(
    batch_norm, batch_norm_backward, name="batch_norm", shapes=_NORMED, where=_is_filled, traits=("analytic",)
)


def layer_norm(x, gamma, beta):
    return _standardised(x, 1)[0] * gamma + beta


def layer_norm_backward(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    return _standardised_bar(y_bar * gamma, z, sigma, 1), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


LAYER_NORM = Layer.from_backward(
    layer_norm, layer_norm_backward, name="layer_norm", shapes=_NORMED, where=_is_filled, traits=("analytic",)
)


def batch_norm_eval(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + VARIANCE_FLOOR) * gamma + beta


def batch_norm_eval_backward(y_bar, x, gamma, beta, mean, variance):
    sigma = np.sqrt(variance + VARIANCE_FLOOR)
    gamma_bar = (y_bar * (x - mean) / sigma).sum(axis=0)
    return y_bar * gamma / sigma, gamma_bar, y_bar.sum(axis=0), None, None


BATCH_NORM_EVAL = Layer.from_backward(
    batch_norm_eval,
    batch_norm_eval_backward,
    name="batch_norm_eval",
    shapes={**_NORMED, "mean": "k", "variance": "k"},
    where=_is_filled,
    domain={"variance": (0.1, 4.0)},
    constants=("mean", "variance"),
    traits=("analytic",),
)


@with_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_statistics_as_constants(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    return y_bar * gamma / sigma, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@with_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_variance_as_constant(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    z_bar = y_bar * gamma
    return (z_bar - z_bar.mean(axis=0)) / sigma, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@with_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_mean_as_constant(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    z_bar = y_bar * gamma
    x_bar = (z_bar - z * (z_bar * z).mean(axis=1, keepdims=True)) / sigma
    return x_bar, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@with_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_over_the_batch(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    return _standardised_bar(y_bar * gamma, z, sigma, 0), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


BATCH_NORM_OFF_BY_1E_6 = one_entry_off(BATCH_NORM, FD, 1e-6)


@with_backward(BATCH_NORM_EVAL, FD, "training in evaluation")
def batch_norm_eval_by_the_training_formula(y_bar, x, gamma, beta, mean, variance):
    return *BATCH_NORM.vjp(x, gamma, beta)[1](y_bar), None, None


RIGHT_EXTRAS = (BATCH_NORM, LAYER_NORM, BATCH_NORM_EVAL)
