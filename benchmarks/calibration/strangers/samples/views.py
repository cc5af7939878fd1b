"""Backwards that return what they were given, or a view of it, as one does in NumPy."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import (
    FLAWED,
    by_backward,
    by_cache,
    by_object,
    by_pullback,
    normal,
)

X = normal(60, 2, 3)


def _dropout(x, train=False):
    if not train:
        return x, None
    keep = np.random.default_rng(3).random(x.shape) < 0.8
    return x * keep / 0.8, keep


def _dropout_back(g, keep):
    return g if keep is None else g * keep / 0.8


def _split(x):
    left, right = np.split(x, [1], axis=1)

    def back(bars):
        return np.concatenate(bars, axis=1)

    return (left, right), back


def _split_swapped(x):
    left, right = np.split(x, [1], axis=1)
    return (left, right), lambda bars: np.concatenate([bars[1], bars[0]], axis=1)


class _Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class _FlattenFortran(_Flatten):
    def backward(self, dout):
        return dout.reshape(self.shape, order="F")


class _Identity:
    def forward(self, x):
        return x

    def backward(self, dout):
        return dout


class _NegatedIdentity(_Identity):
    def backward(self, dout):
        return -dout


def _over(shape):
    return {"shapes": {"x": shape}}


VIEWS = (
    by_backward(
        "flatten",
        lambda x: x.reshape(len(x), -1),
        lambda g, x: g.reshape(x.shape),
        normal(61, 2, 2, 3),
        expected=FLAWED,
        wrong={"in Fortran order": lambda g, x: g.reshape(x.shape, order="F")},
        over=_over("n+1 c h+1") | {"where": lambda c: c >= 1},
    ),
    by_backward(
        "transpose",
        lambda x: x.T,
        lambda g, x: g.T,
        X,
        expected=FLAWED,
        wrong={"reshaped": lambda g, x: g.reshape(x.shape)},
        over=_over("n k"),
    ),
    by_backward(
        "bias add",
        lambda x, b: x + b,
        lambda g, x, b: (g, g.sum(0)),
        X,
        normal(62, 3),
        expected=FLAWED,
        wrong={
            "the mean": lambda g, x, b: (g, g.mean(0)),
            "the first row": lambda g, x, b: (g, g[0]),
        },
        over={"shapes": {"x": "n+1 k", "b": "k"}},
    ),
    by_backward(
        "residual add",
        lambda x, y: x + y,
        lambda g, x, y: (g, g),
        X,
        normal(63, 2, 3),
        expected=FLAWED,
        wrong={"half to each": lambda g, x, y: (g / 2, g / 2)},
        over={"shapes": {"x": "n k", "y": "n k"}},
    ),
    by_cache(
        "dropout in evaluation",
        _dropout,
        _dropout_back,
        X,
        expected=FLAWED,
        wrong={"scaled in evaluation": lambda g, keep: g * 0.8},
        over=_over("n k"),
    ),
    by_backward(
        "permute axes",
        lambda x: x.transpose(0, 2, 3, 1),
        lambda g, x: g.transpose(0, 3, 1, 2),
        normal(64, 2, 3, 2, 2),
        expected=FLAWED,
        wrong={"another order": lambda g, x: g.transpose(0, 3, 2, 1)},
        over=_over("n c h h"),
    ),
    by_backward(
        "slice",
        lambda x: x[:, 1:],
        lambda g, x: np.pad(g, ((0, 0), (1, 0))),
        X,
        expected=FLAWED,
        wrong={"padded at the end": lambda g, x: np.pad(g, ((0, 0), (0, 1)))},
        over=_over("n k+1"),
    ),
    by_backward(
        "every other entry, reversed",
        lambda x: x[::-2],
        lambda g, x: _spread(g, x),
        normal(65, 7),
        expected=FLAWED,
        wrong={"forward order": lambda g, x: _spread(g[::-1], x)},
        over=_over("n"),
    ),
    by_pullback(
        "split in two",
        _split,
        X,
        expected=FLAWED,
        wrong={"swapped": _split_swapped},
        over=_over("n k+1"),
    ),
    by_backward(
        "broadcast",
        lambda b: np.broadcast_to(b, (4, *b.shape)),
        lambda g, b: g.sum(0),
        array([1.0, -2.0]),
        expected=FLAWED,
        wrong={"not summed": lambda g, b: g[0].copy()},
        over={"shapes": {"b": "k"}},
    ),
    by_object(
        "flatten object",
        _Flatten,
        normal(66, 2, 2, 2),
        expected=FLAWED,
        wrong={"in Fortran order": _FlattenFortran},
        over=_over("n+1 c+1 h+1"),
    ),
    by_object(
        "identity", _Identity, X, expected=FLAWED, wrong={"the sign": _NegatedIdentity}, over=_over("n k")
    ),
    by_backward(
        "real part through a view",
        lambda x: x.view(np.float64).reshape(-1, 2)[:, 0],
        lambda g, x: g + 0j,
        array([1.0 + 2.0j, -0.5j, 3.0]),
        expected=FLAWED,
        wrong={"the imaginary part": lambda g, x: 1j * g},
    ),
)


def _spread(g, x):
    d = np.zeros_like(x)
    d[::-2] = g
    return d
