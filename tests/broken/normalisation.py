"""Wrong gradients of normalisations."""

from __future__ import annotations

import numpy as np

from derivations.normalisation import BATCH_NORM, LAYER_NORM, batch_norm_vjp, layer_norm_vjp, standardise_vjp
from gradcheck import Layer
from tests.broken.record import CONTRACT, FD, LINEARITY, ORACLE, one_entry_off, with_backward

VARIANCE_FLOOR = 1e-5


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
    shapes={"x": "n k", "gamma": "k", "beta": "k", "mean": "k", "variance": "k"},
    where=lambda n, k: n >= 1 and k >= 1,
    domain={"variance": (0.1, 4.0)},
    constants=("mean", "variance"),
    traits=("analytic",),
)


BATCH, FEATURES = (0, 2), -1
"""The axes over which the statistics of x (n, c, rows) are taken by either layer."""


def _parts(x, axes, epsilon, ddof=0):
    """Return z = (x − mean)/σ and σ, over some axes."""
    sigma = np.sqrt(x.var(axis=axes, keepdims=True, ddof=ddof) + epsilon)
    return (x - x.mean(axis=axes, keepdims=True)) / sigma, sigma


def _bar(z_bar, z, sigma, axes):
    along_sigma = z * (z_bar * z).mean(axis=axes, keepdims=True)
    return (z_bar - z_bar.mean(axis=axes, keepdims=True) - along_sigma) / sigma


def _batch_norm_bars(y_bar, x, gamma, beta, epsilon):
    return batch_norm_vjp(x, gamma, beta, epsilon=epsilon)[1](y_bar)


def _layer_norm_bars(y_bar, x, gamma, beta, epsilon):
    return layer_norm_vjp(x, gamma, beta, epsilon=epsilon)[1](y_bar)


@with_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_statistics_as_constants(y_bar, x, gamma, beta, *, epsilon):
    _, sigma = _parts(x, BATCH, epsilon)
    return y_bar * gamma[:, None] / sigma, *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_variance_as_constant(y_bar, x, gamma, beta, *, epsilon):
    _, sigma = _parts(x, BATCH, epsilon)
    z_bar = y_bar * gamma[:, None]
    x_bar = (z_bar - z_bar.mean(axis=BATCH, keepdims=True)) / sigma
    return x_bar, *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(BATCH_NORM, FD, "factor")
def batch_norm_by_the_unbiased_variance(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, BATCH, epsilon, ddof=int(x[:, :1].size > 1))
    x_bar = _bar(y_bar * gamma[:, None], z, sigma, BATCH)
    return x_bar, *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(BATCH_NORM, FD, "epsilon")
def batch_norm_epsilon_outside_the_root(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, BATCH, epsilon)
    outside = np.sqrt(sigma**2 - epsilon) + epsilon
    return _bar(y_bar * gamma[:, None], z, outside, BATCH), *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[
        1:
    ]


@with_backward(BATCH_NORM, ORACLE, "wrong axis")
def batch_norm_pulled_back_over_the_batch_alone(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, BATCH, epsilon)
    x_bar = _bar(y_bar * gamma[:, None], z, sigma, 0)
    return x_bar, *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(BATCH_NORM, ORACLE, "missing factor")
def batch_norm_forgets_gamma(y_bar, x, gamma, beta, *, epsilon):
    x_bar = standardise_vjp(x, BATCH, epsilon)[1](y_bar)
    return x_bar, *_batch_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(BATCH_NORM, FD, "another function")
def batch_norm_gamma_meets_the_raw_input(y_bar, x, gamma, beta, *, epsilon):
    x_bar, _, beta_bar = _batch_norm_bars(y_bar, x, gamma, beta, epsilon)
    return x_bar, (y_bar * x).sum(axis=BATCH), beta_bar


@with_backward(BATCH_NORM, CONTRACT, "missing sum")
def batch_norm_shift_not_summed_over_positions(y_bar, x, gamma, beta, *, epsilon):
    x_bar, gamma_bar, _ = _batch_norm_bars(y_bar, x, gamma, beta, epsilon)
    return x_bar, gamma_bar, y_bar.sum(axis=0)


@with_backward(BATCH_NORM, LINEARITY, "nonlinear in the cotangent")
def batch_norm_standardises_its_cotangent(y_bar, x, gamma, beta, *, epsilon):
    _, gamma_bar, beta_bar = _batch_norm_bars(y_bar, x, gamma, beta, epsilon)
    return _parts(y_bar * gamma[:, None], BATCH, epsilon)[0], gamma_bar, beta_bar


@with_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_mean_as_constant(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, FEATURES, epsilon)
    z_bar = y_bar * gamma
    x_bar = (z_bar - z * (z_bar * z).mean(axis=FEATURES, keepdims=True)) / sigma
    return x_bar, *_layer_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(LAYER_NORM, ORACLE, "statistics as constants")
def layer_norm_statistics_as_constants(y_bar, x, gamma, beta, *, epsilon):
    _, sigma = _parts(x, FEATURES, epsilon)
    return y_bar * gamma / sigma, *_layer_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_over_the_batch(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, FEATURES, epsilon)
    return _bar(y_bar * gamma, z, sigma, 0), *_layer_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(LAYER_NORM, FD, "missing factor")
def layer_norm_gamma_multiplied_at_the_end(y_bar, x, gamma, beta, *, epsilon):
    x_bar = gamma * standardise_vjp(x, FEATURES, epsilon)[1](y_bar)
    return x_bar, *_layer_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


@with_backward(LAYER_NORM, FD, "extra sum or mean")
def layer_norm_gamma_as_a_mean(y_bar, x, gamma, beta, *, epsilon):
    x_bar, gamma_bar, beta_bar = _layer_norm_bars(y_bar, x, gamma, beta, epsilon)
    return x_bar, gamma_bar / max(len(x), 1), beta_bar


@with_backward(LAYER_NORM, FD, "epsilon")
def layer_norm_epsilon_forgotten(y_bar, x, gamma, beta, *, epsilon):
    z, sigma = _parts(x, FEATURES, epsilon)
    bare = np.sqrt(np.maximum(sigma**2 - epsilon, epsilon / 4))
    return _bar(y_bar * gamma, z, bare, FEATURES), *_layer_norm_bars(y_bar, x, gamma, beta, epsilon)[1:]


BATCH_NORM_OFF_BY_1E_6 = one_entry_off(BATCH_NORM, FD, 1e-6)


@with_backward(BATCH_NORM_EVAL, FD, "training in evaluation")
def batch_norm_eval_by_the_training_formula(y_bar, x, gamma, beta, mean, variance):
    return *BATCH_NORM.vjp(x, gamma, beta)[1](y_bar), None, None


RIGHT_EXTRAS = (BATCH_NORM_EVAL,)
