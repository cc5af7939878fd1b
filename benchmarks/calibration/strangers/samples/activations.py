"""Activations as hobby libraries write them."""

import numpy as np
from scipy import special

from benchmarks.calibration.strangers.stranger import (
    FLAWED,
    by_backward,
    by_cache,
    by_pullback,
    normal,
)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _gelu_slope(x):
    return 0.5 * (1 + special.erf(x / np.sqrt(2))) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _tanh_gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def _tanh_gelu_back(g, x, cubic=3):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    inner = np.sqrt(2 / np.pi) * (1 + cubic * 0.044715 * x**2)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


def _softmax_vjp(x):
    p = np.exp(x - np.max(x, axis=-1, keepdims=True))
    p /= np.sum(p, axis=-1, keepdims=True)

    def back(g):
        return p * (g - np.sum(g * p, axis=-1, keepdims=True))

    return p, back


def _softmax_diagonal(x):
    p, _ = _softmax_vjp(x)
    return p, lambda g: p * (1 - p) * g


def _softmax_by_loop(x):
    p, _ = _softmax_vjp(x)

    def back(g):
        d = np.empty_like(g)
        for i, (row, grad) in enumerate(zip(p, g, strict=True)):
            column = row.reshape(-1, 1)
            d[i] = (np.diagflat(column) - column @ column.T) @ grad
        return d

    return p, back


def _prelu_back(g, x, a):
    return np.where(x > 0, g, a * g), np.where(x > 0, 0, g * x).sum()


def _prelu_slope_over_all(g, x, a):
    return np.where(x > 0, g, a * g), (g * x).sum()


def _maxout(x, w):
    z = np.einsum("ni,iok->nok", x, w)
    return z.max(-1), (x, w, z.argmax(-1))


def _maxout_back(shift):
    def back(g, cache):
        x, w, k = cache
        hot = np.eye(w.shape[-1])[(k + shift) % w.shape[-1]] * g[..., None]
        return np.einsum("nok,iok->ni", hot, w), np.einsum("ni,nok->iok", x, hot)

    return back


ACTIVATIONS = (
    by_backward(
        "sigmoid from its output",
        _sigmoid,
        lambda g, x: g * _sigmoid(x) * (1 - _sigmoid(x)),
        normal(96, 5),
        expected=FLAWED,
        wrong={"of the output": lambda g, x: g * x * (1 - x), "one factor": lambda g, x: g * _sigmoid(x)},
        over={"shapes": {"x": "..."}},
    ),
    by_backward(
        "GELU",
        lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))),
        lambda g, x: g * _gelu_slope(x),
        normal(97, 6),
        wrong={"product rule": lambda g, x: g * 0.5 * (1 + special.erf(x / np.sqrt(2)))},
        over={"shapes": {"x": "n"}},
        expected=FLAWED,
    ),
    by_backward(
        "GELU by tanh",
        _tanh_gelu,
        _tanh_gelu_back,
        normal(98, 6),
        wrong={"the cube's factor": lambda g, x: _tanh_gelu_back(g, x, 1)},
        over={"shapes": {"x": "n"}, "domain": {"x": (-6.0, 6.0)}},
    ),
    by_backward(
        "swish",
        lambda x: x * _sigmoid(x),
        lambda g, x: g * (_sigmoid(x) + x * _sigmoid(x) * (1 - _sigmoid(x))),
        normal(99, 6),
        wrong={"only the gate": lambda g, x: g * _sigmoid(x)},
        over={"shapes": {"x": "n"}, "domain": {"x": (-9.0, 9.0)}},
    ),
    by_backward(
        "ELU",
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda g, x: np.where(x > 0, g, g * np.exp(np.minimum(x, 0))),
        normal(100, 6),
        wrong={"the value": lambda g, x: np.where(x > 0, g, g * np.expm1(np.minimum(x, 0)))},
        over={"shapes": {"x": "n"}},
    ),
    by_backward(
        "softplus",
        lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
        lambda g, x: g * special.expit(x),
        normal(101, 6),
        wrong={"softplus itself": lambda g, x: g * np.logaddexp(0, x)},
        over={"shapes": {"x": "n"}},
    ),
    by_backward(
        "PReLU",
        lambda x, a: np.where(x > 0, x, a * x),
        _prelu_back,
        normal(102, 3, 4),
        np.array(0.25),
        wrong={"the slope over all entries": _prelu_slope_over_all},
        over={"shapes": {"x": "n k", "a": ""}},
    ),
    by_pullback(
        "softmax closure",
        _softmax_vjp,
        normal(103, 3, 4),
        wrong={"the diagonal only": _softmax_diagonal},
        over={"shapes": {"x": "n k+1"}},
    ),
    by_pullback(
        "softmax by Jacobians",
        _softmax_by_loop,
        normal(104, 3, 4),
        wrong={"the diagonal only": _softmax_diagonal},
        over={"shapes": {"x": "n k+1"}},
    ),
    by_cache(
        "maxout",
        _maxout,
        _maxout_back(0),
        normal(105, 3, 2),
        normal(106, 2, 3, 4),
        widens=True,
        wrong={"another piece": _maxout_back(1)},
        over={"shapes": {"x": "n i", "w": "i o 3"}},
    ),
)
