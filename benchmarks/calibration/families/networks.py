"""What networks are made of: losses, normalisations, attention, pooling, and deep chains of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from benchmarks.calibration.families.family import Family, family
from gradcheck.types import Array, Rng

DEPTH = 10
FLOOR = 1e-5


def _softmax(x: Array) -> Array:
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    result: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _softmax_backward(y_bar: Array, p: Array) -> Array:
    result: Array = p * (y_bar - (p * y_bar).sum(axis=-1, keepdims=True))
    return result


def _attention(Q: Array, K: Array, V: Array) -> Array:
    result: Array = _softmax(Q @ K.T / Q.shape[1] ** 0.5) @ V
    return result


def _attention_backward(y_bar: Array, Q: Array, K: Array, V: Array) -> tuple[Array, Array, Array]:
    scale = Q.shape[1] ** -0.5
    P = _softmax(Q @ K.T * scale)
    S_bar = _softmax_backward(y_bar @ V.T, P) * scale
    return S_bar @ K, S_bar.T @ Q, P.T @ y_bar


def _deep(x: Array, W: Array) -> Array:
    for _ in range(DEPTH):
        x = np.tanh(x @ W)
    return x


def _deep_backward(y_bar: Array, x: Array, W: Array) -> tuple[Array, Array]:
    inputs = [x]
    for _ in range(DEPTH):
        inputs.append(np.tanh(inputs[-1] @ W))
    W_bar = np.zeros_like(W)
    for k in reversed(range(DEPTH)):
        z_bar = y_bar * (1 - inputs[k + 1]) * (1 + inputs[k + 1])
        W_bar = W_bar + inputs[k].T @ z_bar
        y_bar = z_bar @ W.T
    return y_bar, W_bar


def _perceptron(x: Array, W: Array, b: Array, V: Array) -> Array:
    result: Array = np.maximum(x @ W + b, 0) @ V
    return result


def _perceptron_backward(y_bar: Array, x: Array, W: Array, b: Array, V: Array) -> tuple[Array, ...]:
    z = x @ W + b
    z_bar = np.where(z > 0, y_bar @ V.T, 0)
    return z_bar @ W.T, x.T @ z_bar, z_bar.sum(axis=0), np.maximum(z, 0).T @ y_bar


def _gated(x: Array, U: Array, W: Array) -> Array:
    result: Array = special.expit(x @ U) * np.tanh(x @ W)
    return result


def _gated_backward(y_bar: Array, x: Array, U: Array, W: Array) -> tuple[Array, Array, Array]:
    gate, value = special.expit(x @ U), np.tanh(x @ W)
    u_bar = y_bar * value * gate * special.expit(-(x @ U))
    w_bar = y_bar * gate * (1 - value) * (1 + value)
    return u_bar @ U.T + w_bar @ W.T, x.T @ u_bar, x.T @ w_bar


def _root_mean_square(x: Array) -> Array:
    result: Array = np.sqrt((x * x).mean(axis=1, keepdims=True) + FLOOR)
    return result


def _rms_norm_backward(y_bar: Array, x: Array, gamma: Array) -> tuple[Array, Array]:
    r = _root_mean_square(x)
    z, z_bar = x / r, y_bar * gamma
    return (z_bar - z * (z * z_bar).mean(axis=1, keepdims=True)) / r, (y_bar * z).sum(axis=0)


def _gently(primals: tuple[Array, ...], rng: Rng) -> tuple[Array, ...]:
    """Keep weights small enough that ten layers neither saturate nor vanish."""
    x, W = primals
    weights = rng.standard_normal(W.shape) / max(len(W), 1) ** 0.5
    return x, weights.astype(W.dtype)


_SCORES = {"z": "n k", "t": "n k"}
_TARGETS: dict[str, Any] = {
    "domain": {"t": (0.0, 1.0)},
    "constants": ("t",),
    "where": lambda n, k: n >= 1 and k >= 1,
}

LOSSES = (
    family(
        "binary_cross_entropy",
        _SCORES,
        lambda z, t: (np.logaddexp(z, 0) - t * z).mean(),
        lambda c, z, t: (c * (special.expit(z) - t) / z.size, None),
        **_TARGETS,
    ),
    family(
        "hinge",
        _SCORES,
        lambda z, t: np.maximum(1 - (2 * t - 1) * z, 0).sum(),
        lambda c, z, t: (np.where((2 * t - 1) * z < 1, -(2 * t - 1) * c, 0), None),
        **_TARGETS,
    ),
    family(
        "poisson",
        _SCORES,
        lambda z, t: (np.exp(z) - t * z).sum(),
        lambda c, z, t: (c * (np.exp(z) - t), None),
        most=20.0,
        **_TARGETS,
    ),
    family(
        "gaussian_likelihood",
        {"m": "n", "s": "n", "y": "n"},
        lambda m, s, y: (s + np.exp(-2 * s) * (m - y) ** 2 / 2).sum(),
        lambda c, m, s, y: (
            c * np.exp(-2 * s) * (m - y),
            c * (1 - np.exp(-2 * s) * (m - y) ** 2),
            c * np.exp(-2 * s) * (y - m),
        ),
        most=5.0,
    ),
    family(
        "log_cosh",
        {"a": "n", "y": "n"},
        lambda a, y: (np.logaddexp(a - y, y - a) - np.log(2).astype(a.dtype)).sum(),
        lambda c, a, y: (c * np.tanh(a - y), -c * np.tanh(a - y)),
    ),
    family(
        "absolute_error",
        {"a": "n", "y": "n"},
        lambda a, y: np.abs(a - y).sum(),
        lambda c, a, y: (c * np.sign(a - y), -c * np.sign(a - y)),
    ),
    family(
        "divergence",
        {"p": "n", "q": "n"},
        lambda p, q: (special.xlogy(p, p / q) - p + q).sum(),
        lambda c, p, q: (c * np.log(p / q), c * (q - p) / q),
        domain={"p": (1e-3, 1.0), "q": (1e-3, 1.0)},
    ),
)

BLOCKS = (
    family(
        "attention_of_matrices",
        {"Q": "n k", "K": "m k", "V": "m j"},
        _attention,
        _attention_backward,
        most=30.0,
        where=lambda m, k: m >= 1 and k >= 1,
    ),
    family(
        "deep_tanh", {"x": "n i", "W": "i i"}, _deep, _deep_backward, prepare=_gently, traits=("analytic",)
    ),
    family(
        "perceptron",
        {"x": "n i", "W": "i h", "b": "h", "V": "h o"},
        _perceptron,
        _perceptron_backward,
        composite=True,
    ),
    family("gated", {"x": "n i", "U": "i h", "W": "i h"}, _gated, _gated_backward, most=10.0),
    family(
        "rms_norm",
        {"x": "n k", "gamma": "k"},
        lambda x, gamma: x / _root_mean_square(x) * gamma,
        _rms_norm_backward,
        where=lambda n, k: n >= 1 and k >= 1,
    ),
    family(
        "average_pool_of_rows",
        {"x": "n c 2*h 2*w"},
        lambda x: x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).mean(axis=(3, 5)),
        lambda y, x: y.repeat(2, axis=2).repeat(2, axis=3) / 4,
        traits=("multilinear",),
    ),
)

NETWORKS: tuple[Family, ...] = (*LOSSES, *BLOCKS)
