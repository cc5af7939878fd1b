"""Softmax over an axis, and log-sum-exp, whose gradient it is.

Along one axis, with s = Σ_k e^x[k],

    p[k] = e^x[k]/s,                 ∂p[k]/∂x[j] = p[k] ([k = j] − p[j])
    L = log s,                       ∂L/∂x[j] = e^x[j]/s = p[j]

Each probability depends on every score, so the Jacobian diag(p) − p pᵀ is full. Multiplied out it needs no
matrix:

    x̄[j] = Σ_k p̄[k] p[k] ([k = j] − p[j]) = p[j] (p̄[j] − Σ_k p̄[k] p[k])
    x̄[j] = L̄ p[j]                                                        for L

A constant added to all scores changes no p and is added to L. With the maximum m subtracted first every
exponent is ≤ 0 and the largest term of the sum is 1: nothing overflows, and the logarithm is of a number ≥ 1.
m is not differentiated; it cancels. A maximum of no scores does not exist, so the axis is not empty.
"""

import numpy as np
from scipy import special

from derivations.types import Array, UnaryPullback
from gradcheck import Layer


def softmax(x: Array, *, axis: int = -1) -> Array:
    """Return e^x/Σ e^x along an axis of at least one entry; the shape of x."""
    weights = np.exp(x - x.max(axis=axis, keepdims=True))
    result: Array = weights / weights.sum(axis=axis, keepdims=True)
    return result


def softmax_vjp(x: Array, *, axis: int = -1) -> tuple[Array, UnaryPullback]:
    """Return p = softmax(x) and its pullback, x̄ = p (p̄ − Σ p̄ p)."""
    p = softmax(x, axis=axis)

    def pullback(p_bar: Array) -> Array:
        x_bar: Array = p * (p_bar - (p_bar * p).sum(axis=axis, keepdims=True))
        return x_bar

    return p.copy(), pullback


def softmax_oracle(x: Array, *, axis: int = -1) -> tuple[Array, UnaryPullback]:
    """Return the same as `softmax_vjp` by `scipy.special`, with a Jacobian matrix for each slice."""

    def pullback(p_bar: Array) -> Array:
        scores, sent = np.moveaxis(x, axis, -1), np.moveaxis(p_bar, axis, -1)
        x_bar = np.empty_like(scores)
        for place in np.ndindex(scores.shape[:-1]):
            p = special.softmax(scores[place])
            x_bar[place] = (np.diag(p) - np.outer(p, p)) @ sent[place]
        return np.moveaxis(x_bar, -1, axis)

    return special.softmax(x, axis=axis), pullback


def log_sum_exp(x: Array, *, axis: int = -1) -> Array:
    """Return log Σ e^x along an axis of at least one entry, which is then gone; no overflow."""
    largest = x.max(axis=axis, keepdims=True)
    result: Array = np.log(np.exp(x - largest).sum(axis=axis)) + largest.squeeze(axis)
    return result


def log_sum_exp_vjp(x: Array, *, axis: int = -1) -> tuple[Array, UnaryPullback]:
    """Return `log_sum_exp` and its pullback, x̄ = L̄ softmax(x)."""

    def pullback(y_bar: Array) -> Array:
        x_bar: Array = np.expand_dims(y_bar, axis) * softmax(x, axis=axis)
        return x_bar

    return log_sum_exp(x, axis=axis), pullback


def log_sum_exp_oracle(x: Array, *, axis: int = -1) -> tuple[Array, UnaryPullback]:
    """Return the same as `log_sum_exp_vjp` by `scipy.special`: the gradient is e^(x − L)."""
    y = special.logsumexp(x, axis=axis)

    def pullback(y_bar: Array) -> Array:
        x_bar: Array = np.exp(x - np.expand_dims(y, axis)) * np.expand_dims(y_bar, axis)
        return x_bar

    return y, pullback


def _is_filled(n: int, k: int, m: int, axis: int) -> bool:
    return (n, k, m)[axis] >= 1


SOFTMAX = Layer(
    softmax,
    softmax_vjp,
    shapes={"x": "n k m"},
    where=_is_filled,
    options={"axis": (-1, 0, 1)},
    oracle=softmax_oracle,
    traits=("analytic",),
)

LOG_SUM_EXP = Layer(
    log_sum_exp,
    log_sum_exp_vjp,
    shapes={"x": "n k m"},
    where=_is_filled,
    options={"axis": (-1, 0, 1)},
    oracle=log_sum_exp_oracle,
    traits=("analytic",),
)

LAYERS: tuple[Layer, ...] = (SOFTMAX, LOG_SUM_EXP)
