"""Normalisation over batches, layers and groups, in training and evaluation."""

import numpy as np

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_cache,
    normal,
)


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
