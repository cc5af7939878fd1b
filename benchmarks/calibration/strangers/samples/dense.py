"""Dense layers and small nets, with caches, in place, with nested parameters."""

import numpy as np

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_cache,
    normal,
)


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, dout.sum(axis=0)


def _affine_averaged(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw / len(dout), db / len(dout)


def _affine_bias_kept(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.sum(axis=0) / len(dout)


def linear_columns(a, w, b):
    """Samples are columns, as in a well-known course."""
    return w @ a + b, (a, w)


def linear_columns_back(dz, cache):
    a, w = cache
    return w.T @ dz, dz @ a.T, np.sum(dz, axis=1, keepdims=True)


def _columns_over_m(dz, cache):
    a, w = cache
    m = a.shape[1]
    return w.T @ dz, dz @ a.T / m, np.sum(dz, axis=1, keepdims=True) / m


def relu_in_place(dout, x):
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx


def _relu_other_side(dout, x):
    dx = dout.copy()
    dx[x > 0] = 0
    return dx


def two_layers(x, w1, b1, w2, b2):
    h = np.maximum(0, x @ w1 + b1)
    return h @ w2 + b2, (x, w1, h, w2)


def two_layers_back(dout, cache):
    x, w1, h, w2 = cache
    dh = dout @ w2.T
    dh[h <= 0] = 0
    return dh @ w1.T, x.T @ dh, dh.sum(0), h.T @ dout, dout.sum(0)


def _two_layers_no_relu(dout, cache):
    x, w1, h, w2 = cache
    dh = dout @ w2.T
    return dh @ w1.T, x.T @ dh, dh.sum(0), h.T @ dout, dout.sum(0)


def nested_parameters(params, x):
    h = np.tanh(x @ params["hidden"]["W"] + params["hidden"]["b"])
    return h @ params["out"]["W"]


def _nested_back(missing):
    def back(g, params, x):
        h = np.tanh(x @ params["hidden"]["W"] + params["hidden"]["b"])
        dz = (g @ params["out"]["W"].T) * (1 - missing * h**2)
        grads = {"hidden": {"W": x.T @ dz, "b": dz.sum(0)}, "out": {"W": h.T @ g}}
        return grads, dz @ params["hidden"]["W"].T

    return back


NESTED = {"hidden": {"W": normal(80, 3, 4), "b": normal(81, 4)}, "out": {"W": normal(82, 4, 2)}}


NESTED_SHAPES = {"params": {"hidden": {"W": "i h", "b": "h"}, "out": {"W": "h o"}}, "x": "n i"}


DENSE = (
    by_cache(
        "affine layer",
        affine_forward,
        affine_backward,
        normal(83, 2, 2, 3),
        normal(84, 6, 4),
        normal(85, 4),
        wrong={"averaged over the batch": _affine_averaged, "mean in the bias": _affine_bias_kept},
        over={"shapes": {"x": "n 2 3", "w": "6 o", "b": "o"}},
    ),
    by_cache(
        "linear layer of columns",
        linear_columns,
        linear_columns_back,
        normal(86, 3, 5),
        normal(87, 2, 3),
        normal(88, 2, 1),
        wrong={"divided by m": _columns_over_m},
        over={"shapes": {"a": "i m", "w": "o i", "b": "o 1"}},
    ),
    by_backward(
        "ReLU in place",
        lambda x: np.maximum(x, 0),
        relu_in_place,
        normal(89, 3, 4),
        wrong={"the other side": _relu_other_side},
        over={"shapes": {"x": "n k"}},
    ),
    by_cache(
        "two-layer net",
        two_layers,
        two_layers_back,
        normal(90, 4, 3),
        normal(91, 3, 5),
        normal(92, 5),
        normal(93, 5, 2),
        normal(94, 2),
        wrong={"ReLU is forgotten": _two_layers_no_relu},
        over={"shapes": {"x": "n i", "w1": "i h", "b1": "h", "w2": "h o", "b2": "o"}},
    ),
    by_backward(
        "parameters in nested dicts",
        nested_parameters,
        _nested_back(1),
        NESTED,
        normal(95, 2, 3),
        wrong={"tanh is forgotten": _nested_back(0)},
        over={"shapes": NESTED_SHAPES},
    ),
)
