"""Forwards that move in steps, with the slope of what they stand for: nothing to compare with."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import UNVERIFIED, by_backward, by_cache, by_gradient

TABLE = np.sin(np.linspace(0, 3, 31))


def _looked_up(x):
    return TABLE[np.clip(np.rint(x * 10).astype(int), 0, 30)]


def _fake_quantised(x):
    scale = np.float64(0.05)
    return np.clip(np.round(x / scale), -128, 127) * scale


def _one_hot(z):
    y = np.zeros_like(z)
    y[np.arange(len(z)), z.argmax(1)] = 1.0
    e = np.exp(z - z.max(1, keepdims=True))
    return y, e / e.sum(1, keepdims=True)


def _one_hot_back(g, p):
    return p * (g - (g * p).sum(1, keepdims=True))


X = array([0.31, 1.74, 2.23])

STEPS = (
    by_backward(
        "rounded to decimals",
        lambda x: np.round(x * x, 2),
        lambda g, x: 2 * x * g,
        X,
        reference=lambda x: x * x,
        expected=UNVERIFIED,
    ),
    by_backward(
        "eight bits",
        lambda x: np.round(x * 127 / 4) * 4 / 127,
        lambda g, x: g.copy(),
        X,
        reference=lambda x: x,
        expected=UNVERIFIED,
    ),
    by_backward(
        "look-up table",
        _looked_up,
        lambda g, x: g * np.cos(x),
        X,
        reference=np.sin,
        expected=UNVERIFIED,
    ),
    by_backward(
        "sign, straight through",
        np.sign,
        lambda g, x: g * (np.abs(x) <= 3),
        X,
        reference=lambda x: x,
        expected=UNVERIFIED,
    ),
    by_backward(
        "fake quantisation",
        _fake_quantised,
        lambda g, x: g * ((x > -6.4) & (x < 6.35)),
        X,
        reference=lambda x: x,
        expected=UNVERIFIED,
        over={"shapes": {"x": "n"}, "domain": {"x": (-6.0, 6.0)}},
    ),
    by_cache(
        "hard choice, soft gradient",
        _one_hot,
        _one_hot_back,
        array([[0.2, 1.0, -1.0], [2.0, 0.5, 0.1]]),
        reference=lambda z: _one_hot(z)[1],
        expected=UNVERIFIED,
    ),
    by_gradient(
        "price in cents",
        lambda x: float(f"{np.sum(x**2):.2f}"),
        lambda x: 2 * x,
        X,
        reference=lambda x: np.sum(x**2),
        expected=UNVERIFIED,
    ),
    by_backward(
        "residual of a rounding",
        lambda x: x + (np.floor(x * 8) / 8 - x),
        lambda g, x: g * 1.0,
        X,
        reference=lambda x: x,
        expected=UNVERIFIED,
    ),
)
