"""Layers of neural networks as courses and hobby libraries write them: forward with a cache, backward."""

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


# ---- dense
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


# ---- activations
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


# ---- normalisation
def batchnorm(x, gamma, beta):
    mu, var = x.mean(axis=0), x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    return gamma * xhat + beta, (xhat, gamma, var)


def batchnorm_back(dout, cache):
    xhat, gamma, var = cache
    m = dout.shape[0]
    dxhat = dout * gamma
    dx = m * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0)
    return dx / (m * np.sqrt(var + 1e-5)), (dout * xhat).sum(0), dout.sum(0)


def _batchnorm_constant(dout, cache):
    xhat, gamma, var = cache
    return dout * gamma / np.sqrt(var + 1e-5), (dout * xhat).sum(0), dout.sum(0)


def _batchnorm_no_variance(dout, cache):
    xhat, gamma, var = cache
    d = dout * gamma
    return (d - d.mean(0)) / np.sqrt(var + 1e-5), (dout * xhat).sum(0), dout.sum(0)


def batchnorm_eval(x, gamma, beta, mean, var):
    return gamma * (x - mean) / np.sqrt(var + 1e-5) + beta


def _batchnorm_eval_back(g, x, gamma, beta, mean, var):
    s = np.sqrt(var + 1e-5)
    return g * gamma / s, (g * (x - mean) / s).sum(0), g.sum(0), None, None


def _batchnorm_eval_as_training(g, x, gamma, beta, mean, var):
    s = np.sqrt(var + 1e-5)
    return (g - g.mean(0)) * gamma / s, (g * (x - mean) / s).sum(0), g.sum(0), None, None


def layernorm(x, w, b):
    mu = x.mean(-1, keepdims=True)
    sd = np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + 1e-5)
    n = (x - mu) / sd
    return n * w + b, (n, sd, w)


def layernorm_back(dout, cache):
    n, sd, w = cache
    dn = dout * w
    dx = dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)
    axes = tuple(range(dout.ndim - 1))
    return dx / sd, (dout * n).sum(axes), dout.sum(axes)


def _layernorm_wrong_axis(dout, cache):
    n, sd, w = cache
    dn = dout * w
    dx = dn - dn.mean(0, keepdims=True) - n * (dn * n).mean(0, keepdims=True)
    axes = tuple(range(dout.ndim - 1))
    return dx / sd, (dout * n).sum(axes), dout.sum(axes)


def _layernorm_first_axis(dout, cache):
    dx, _, _ = layernorm_back(dout, cache)
    return dx, (dout * cache[0]).sum(0)[0], dout.sum(0)[0]


def groupnorm(x, groups=2):
    n, c, h, w = x.shape
    z = x.reshape(n, groups, -1)
    s = np.sqrt(z.var(-1, keepdims=True) + 1e-5)
    y = (z - z.mean(-1, keepdims=True)) / s
    return y.reshape(x.shape), (y, s, x.shape)


def groupnorm_back(dout, cache):
    y, s, shape = cache
    g = dout.reshape(y.shape)
    d = (g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True)) / s
    return d.reshape(shape)


def _groupnorm_sums(dout, cache):
    y, s, shape = cache
    g = dout.reshape(y.shape)
    return ((g - g.mean(-1, keepdims=True) - y * (g * y).sum(-1, keepdims=True)) / s).reshape(shape)


def _weight_norm(v, s):
    n = np.sqrt((v * v).sum(axis=1, keepdims=True))
    return s * v / n


def _weight_norm_back(g, v, s):
    n = np.sqrt((v * v).sum(axis=1, keepdims=True))
    ds = (g * v / n).sum(axis=1, keepdims=True)
    return s / n * g - s * ds / n**2 * v, ds


def _weight_norm_no_projection(g, v, s):
    n = np.sqrt((v * v).sum(axis=1, keepdims=True))
    return s / n * g, (g * v / n).sum(axis=1, keepdims=True)


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

NORMS = (
    by_cache(
        "batch normalisation",
        batchnorm,
        batchnorm_back,
        normal(107, 5, 3),
        normal(108, 3),
        normal(109, 3),
        wrong={"statistics held": _batchnorm_constant, "variance held": _batchnorm_no_variance},
        over={"shapes": {"x": "n+2 k", "gamma": "k", "beta": "k"}, "domain": {"x": (-5.0, 5.0)}},
    ),
    by_backward(
        "batch normalisation in evaluation",
        batchnorm_eval,
        _batchnorm_eval_back,
        normal(110, 4, 3),
        normal(111, 3),
        normal(112, 3),
        normal(113, 3),
        np.abs(normal(114, 3)),
        declared={"constants": ("mean", "var")},
        wrong={"as in training": _batchnorm_eval_as_training},
        over={
            "shapes": {"x": "n k", "gamma": "k", "beta": "k", "mean": "k", "var": "k"},
            "domain": {"var": (0.1, 5.0), "x": (-9.0, 9.0), "mean": (-9.0, 9.0)},
        },
    ),
    by_cache(
        "layer normalisation",
        layernorm,
        layernorm_back,
        normal(115, 2, 3, 4),
        normal(116, 4),
        normal(117, 4),
        wrong={"over the wrong axis": _layernorm_wrong_axis, "one axis of two": _layernorm_first_axis},
        over={"shapes": {"x": "n+2 t+2 k+2", "w": "k+2", "b": "k+2"}, "domain": {"x": (-5.0, 5.0)}},
    ),
    by_cache(
        "group normalisation",
        groupnorm,
        groupnorm_back,
        normal(118, 2, 4, 2, 2),
        wrong={"a sum for a mean": _groupnorm_sums},
        over={"shapes": {"x": "n 2*c+2 h+1 w+1"}, "domain": {"x": (-5.0, 5.0)}},
    ),
    by_backward(
        "weight normalisation",
        _weight_norm,
        _weight_norm_back,
        normal(119, 3, 4),
        normal(120, 3, 1),
        wrong={"without the projection": _weight_norm_no_projection},
        over={"shapes": {"v": "o i+2", "s": "o 1"}, "domain": {"v": (0.2, 3.0)}},
    ),
)

NETWORKS = (*DENSE, *ACTIVATIONS, *NORMS)
