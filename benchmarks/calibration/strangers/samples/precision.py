"""Layers that compute in single precision or less somewhere inside, whatever they are given."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import (
    FLAWED,
    by_backward,
    by_cache,
    by_gradient,
    by_object,
    normal,
)

F = np.float32
W32 = normal(20, 4, 3).astype(F)
W64 = W32.astype(float)
B32 = normal(21, 3).astype(F)
TARGET32 = normal(22, 3, 2).astype(F)
IN_SINGLE = 2e-5
"""To how much the slopes of single precision agree with those of the same formula in double."""


def _tanh(x):
    return np.tanh(x.astype(F) @ W32)


def _tanh_back(factor):
    def back(g, x):
        y = _tanh(x)
        return ((g.astype(F) * (1 - factor * y * y)) @ W32.T).astype(x.dtype)

    return back


def _affine(x):
    return x @ W32 + B32


def _residual(p):
    r = p.astype(F) - TARGET32
    return float(np.mean(r.astype(np.float64) ** 2))


def _residual_slope(p):
    r = (p.astype(F) - TARGET32).astype(np.float64)
    return 2 * r / r.size


def _log1p(x):
    return np.log1p(x.astype(F))


def _mixed_forward(x, w):
    """Products in single precision, softmax and loss in double."""
    z = (x.astype(F) @ w.astype(F)).astype(np.float64)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return p, (x, w, p)


def _mixed_backward(g, cache):
    x, w, p = cache
    dz = (p * (g - (g * p).sum(1, keepdims=True))).astype(F)
    return (dz @ w.astype(F).T).astype(x.dtype), (x.astype(F).T @ dz).astype(w.dtype)


def _mixed_diagonal(g, cache):
    x, w, p = cache
    dz = (p * (1 - p) * g).astype(F)
    return (dz @ w.astype(F).T).astype(x.dtype), (x.astype(F).T @ dz).astype(w.dtype)


def _mixed_reference(x, w):
    z = x @ w
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


KERNEL32 = normal(23, 3, 3).astype(F)


def _convolve(image, kernel):
    h, w = image.shape[0] - 2, image.shape[1] - 2
    out = np.zeros((h, w), dtype=kernel.dtype)
    for i in range(3):
        for j in range(3):
            out += image[i : i + h, j : j + w].astype(kernel.dtype) * kernel[i, j]
    return out


def _convolve_back(flip):
    def back(g, image):
        d = np.zeros(image.shape, dtype=F)
        for i in range(3):
            for j in range(3):
                k = KERNEL32[2 - i, 2 - j] if flip else KERNEL32[i, j]
                d[i : i + g.shape[0], j : j + g.shape[1]] += g.astype(F) * k
        return d.astype(image.dtype)

    return back


def _rms(x):
    x = x.astype(F)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + F(1e-6))


def _rms_back(keep):
    def back(g, x):
        z, d = x.astype(F), g.astype(F)
        s = np.sqrt((z * z).mean(-1, keepdims=True) + F(1e-6))
        out = d / s - keep * z * (d * z).mean(-1, keepdims=True) / s**3
        return out.astype(x.dtype)

    return back


def _gram(x):
    z = x.astype("f")
    return np.exp(-((z[:, None] - z[None]) ** 2).sum(-1) / 2)


def _gram_back(both):
    def back(g, x):
        z = x.astype("f")
        a = g.astype("f") * _gram(x)
        a = a + a.T if both else a
        return (a @ z - a.sum(1, keepdims=True) * z).astype(x.dtype)

    return back


def _gram_reference(x):
    return np.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / 2)


class _Dense32:
    """A dense layer whose weights are in single precision, for inputs of any kind."""

    wrong = 1.0

    def __init__(self):
        self.W = W32.copy()
        self.dW = np.zeros_like(self.W)

    def forward(self, x):
        self.x = x.astype(np.float32)
        return 1 / (1 + np.exp(-self.x @ self.W))

    def backward(self, dout):
        y = 1 / (1 + np.exp(-self.x @ self.W))
        d = dout.astype(np.float32) * y * (self.wrong - y)
        self.dW[...] = self.x.T @ d
        return (d @ self.W.T).astype(np.float64)


class _Dense32Wrong(_Dense32):
    wrong = 1.1


X = normal(24, 5, 4)

PRECISION = (
    by_backward(
        "cast in forward",
        _tanh,
        _tanh_back(1),
        X,
        reference=lambda x: np.tanh(x @ W64),
        within=IN_SINGLE,
        wrong={"one per cent": _tanh_back(0.99), "without tanh": _tanh_back(0)},
        over={"shapes": {"x": "n 4"}, "domain": {"x": (-2.0, 2.0)}},
    ),
    by_backward(
        "affine with single weights",
        _affine,
        lambda g, x: g @ W32.T,
        X,
        wrong={"another order of rows": lambda g, x: g @ W32.T[:, ::-1]},
        over={"shapes": {"x": "n 4"}},
    ),
    by_gradient(
        "mean square of a single residual",
        _residual,
        _residual_slope,
        normal(25, 3, 2),
        reference=lambda p: np.mean((p - TARGET32) ** 2),
        within=IN_SINGLE,
        wrong={
            "not the mean": lambda p: 2 * (p - TARGET32),
            "without the two": lambda p: (p - TARGET32) / p.size,
        },
        over={"shapes": {"p": "3 2"}, "domain": {"p": (-3.0, 3.0)}},
    ),
    by_backward(
        "log1p in single precision",
        _log1p,
        lambda g, x: (g.astype(F) / (1 + x.astype(F))).astype(x.dtype),
        array([0.2, 1.5, 7.0]),
        reference=np.log1p,
        within=IN_SINGLE,
        wrong={"log's": lambda g, x: (g.astype(F) / x.astype(F)).astype(x.dtype)},
        over={"shapes": {"x": "n"}, "domain": {"x": (0.1, 9.0)}},
    ),
    by_cache(
        "single products, softmax in double",
        _mixed_forward,
        _mixed_backward,
        X,
        normal(26, 4, 3),
        reference=_mixed_reference,
        within=IN_SINGLE,
        wrong={"softmax by its diagonal": _mixed_diagonal},
        over={"shapes": {"x": "n i", "w": "i k"}, "where": lambda k: k >= 1},
    ),
    by_backward(
        "single convolution",
        lambda image: _convolve(image, KERNEL32),
        _convolve_back(flip=False),
        normal(27, 5, 6),
        reference=lambda image: _convolve(image, KERNEL32.astype(float)),
        within=IN_SINGLE,
        wrong={"the kernel is flipped": _convolve_back(flip=True)},
        over={"shapes": {"image": "h+2 w+2"}},
    ),
    by_backward(
        "RMS norm in single precision",
        _rms,
        _rms_back(1),
        normal(28, 2, 5),
        reference=lambda x: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6),
        within=IN_SINGLE,
        wrong={"the norm is held constant": _rms_back(0), "two per cent": _rms_back(0.98)},
        over={"shapes": {"x": "n k+1"}, "domain": {"x": (0.5, 3.0)}},
    ),
    by_backward(
        "single kernel matrix",
        _gram,
        _gram_back(both=True),
        normal(29, 4, 2),
        reference=_gram_reference,
        within=IN_SINGLE,
        wrong={"one side only": _gram_back(both=False)},
        over={"shapes": {"x": "n k"}, "domain": {"x": (-1.5, 1.5)}},
    ),
    by_object(
        "dense object with single weights",
        _Dense32,
        X,
        declared={"exempt": {"state": "only the input's gradient is asked for"}},
        reference=lambda x, W=W64: 1 / (1 + np.exp(-x @ W64)),
        within=IN_SINGLE,
        widens=True,
        wrong={"ten per cent in the sigmoid": _Dense32Wrong},
        over={"shapes": {"x": "n 4"}, "domain": {"x": (-2.0, 2.0)}},
    ),
    by_backward(
        "single-precision point",
        lambda x: np.tanh(x) * 3,
        lambda g, x: g * 3 * (1 - np.tanh(x) ** 2),
        normal(30, 6).astype(F),
        within=IN_SINGLE,
        wrong={"without the factor": lambda g, x: g * (1 - np.tanh(x) ** 2)},
        over={"shapes": {"x": "n"}, "dtype": "float32"},
    ),
    by_backward(
        "double cotangent for a single input",
        lambda x: np.where(x > 0, x, 0.1 * x),
        lambda g, x: np.where(x > 0, np.ones(x.shape), 0.1) * g,
        normal(31, 6).astype(F),
        within=IN_SINGLE,
        expected=FLAWED,
        wrong={"the slope is 0.2": lambda g, x: np.where(x > 0, np.ones(x.shape), 0.2) * g},
    ),
    by_gradient(
        "single statistics of a double sample",
        lambda x: np.float64(np.var(x.astype(F))),
        lambda x: 2 * (x - np.mean(x.astype(F))) / x.size,
        normal(32, 7),
        reference=np.var,
        within=IN_SINGLE,
        wrong={"unbiased": lambda x: 2 * (x - np.mean(x.astype(F))) / (x.size - 1)},
        over={"shapes": {"x": "n+2"}, "domain": {"x": (-2.0, 2.0)}},
    ),
)
