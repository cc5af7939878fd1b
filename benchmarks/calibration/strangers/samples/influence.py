"""Inputs without influence: zero is the right answer."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_gradient,
    by_pullback,
    normal,
)


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _norm_after_bias(x, b):
    z = x + b
    c = z - z.mean(0)
    return c / np.sqrt((c * c).mean(0) + 1e-5)


def _norm_after_bias_back(g, x, b):
    z = x + b
    c = z - z.mean(0)
    s = np.sqrt((c * c).mean(0) + 1e-5)
    y = c / s
    dz = (g - g.mean(0) - y * (g * y).mean(0)) / s
    return dz, np.zeros_like(b)


def _bias_as_if_it_counted(g, x, b):
    return _norm_after_bias_back(g, x, b)[0], g.sum(0)


MASK = array([[1.0, 0, 1], [0, 1, 1]])


def _masked(x, w):
    return x @ (w * MASK)


def _masked_back(g, x, w):
    return g @ (w * MASK).T, (x.T @ g) * MASK


def _mask_forgotten(g, x, w):
    return g @ (w * MASK).T, x.T @ g


WORDS = array([[1, 2, 0], [3, 0, 0]])


KEPT = (WORDS != 0)[..., None]


def _embed_padded(table):
    return (table[WORDS] * KEPT).sum(axis=1)


def _embed_padded_back(g, table):
    d = np.zeros_like(table)
    np.add.at(d, WORDS, g[:, None, :] * KEPT)
    return d


def _padding_counted(g, table):
    d = np.zeros_like(table)
    np.add.at(d, WORDS, np.broadcast_to(g[:, None, :], (2, 3, table.shape[1])))
    return d


def _attend(q, k, v):
    return _softmax(q @ k.T / np.sqrt(q.shape[1])) @ v


def _attend_back(g, q, k, v):
    scale = 1 / np.sqrt(q.shape[1])
    a = _softmax(q @ k.T * scale)
    da = g @ v.T
    ds = a * (da - (a * da).sum(-1, keepdims=True)) * scale
    return ds @ k, ds.T @ q, a.T @ g


def _attend_diagonal(g, q, k, v):
    scale = 1 / np.sqrt(q.shape[1])
    a = _softmax(q @ k.T * scale)
    ds = a * (g @ v.T) * scale
    return ds @ k, ds.T @ q, a.T @ g


def _causal(q, k, v):
    s = q @ k.T
    s = np.where(np.tri(len(q), dtype=bool), s, -1e9)
    return _softmax(s) @ v


def _causal_back(g, q, k, v):
    a = _softmax(np.where(np.tri(len(q), dtype=bool), q @ k.T, -1e9))
    da = g @ v.T
    ds = a * (da - (a * da).sum(-1, keepdims=True))
    return ds @ k, ds.T @ q, a.T @ g


def _causal_without_mask(g, q, k, v):
    a = _softmax(q @ k.T)
    da = g @ v.T
    ds = a * (da - (a * da).sum(-1, keepdims=True))
    return ds @ k, ds.T @ q, a.T @ g


def _dead(x, w, b):
    h = np.maximum(x @ w + b, 0)
    return h.sum(axis=1) ** 2


def _dead_back(g, x, w, b):
    z = x @ w + b
    h = np.maximum(z, 0)
    dz = (2 * h.sum(axis=1) * g)[:, None] * (z > 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


def _dead_leaks(g, x, w, b):
    z = x @ w + b
    h = np.maximum(z, 0)
    dz = (2 * h.sum(axis=1) * g)[:, None] * np.where(z > 0, 1.0, 0.01)
    return dz @ w.T, x.T @ dz, dz.sum(0)


def _shift_invariant(x, c):
    return _softmax(x + c)


def _shift_invariant_back(g, x, c):
    y = _softmax(x + c)
    d = y * (g - (g * y).sum(-1, keepdims=True))
    return d, np.zeros_like(c)


def _shift_counted(g, x, c):
    return _shift_invariant_back(g, x, c)[0], g.sum(-1, keepdims=True)


def _clipped(x):
    y = np.clip(x, -1, 1)

    def back(g):
        return g * ((x > -1) & (x < 1))

    return y, back


def _clip_passes(x):
    return np.clip(x, -1, 1), lambda g: g * np.ones_like(x)


def _scaled_then_normed(x, s):
    z = s * x
    return z / np.linalg.norm(z)


def _scaled_then_normed_back(g, x, s):
    n = np.linalg.norm(x)
    u = np.sign(s) * x / n
    return np.sign(s) * (g - u * (u @ g)) / n, np.zeros_like(s)


def _scale_counted(g, x, s):
    return _scaled_then_normed_back(g, x, s)[0], (g * x).sum() / np.linalg.norm(x) + np.zeros_like(s)


def _auxiliary(x, w):
    weight = 0.0
    return np.sum(x**2) + weight * np.sum(w**3)


def _regularised(x, z):
    kept = z > 0.5
    return np.sum(x[kept] ** 2)


Q, K, V = normal(1, 2, 4), normal(2, 1, 4), normal(3, 1, 3)


BIAS_POINT = normal(4, 5, 3), array([0.1, -0.4, 2.0])


NO_INFLUENCE = (
    by_backward(
        "bias before batch norm",
        _norm_after_bias,
        _norm_after_bias_back,
        *BIAS_POINT,
        wrong={"as if the bias counted": _bias_as_if_it_counted},
        over={"shapes": {"x": "n k", "b": "k"}, "where": lambda n: n >= 2},
    ),
    by_backward(
        "masked weights",
        _masked,
        _masked_back,
        normal(5, 4, 2),
        normal(6, 2, 3),
        wrong={"the mask is forgotten": _mask_forgotten},
        over={"shapes": {"x": "n 2", "w": "2 3"}},
    ),
    by_backward(
        "padding rows of an embedding",
        _embed_padded,
        _embed_padded_back,
        normal(7, 5, 2),
        wrong={"padding counted": _padding_counted},
        over={"shapes": {"table": "v+4 d"}},
    ),
    by_backward(
        "attention to one key",
        _attend,
        _attend_back,
        Q,
        K,
        V,
        wrong={"softmax by its diagonal": _attend_diagonal},
        over={"shapes": {"q": "n d", "k": "1 d", "v": "1 e"}, "where": lambda d: d >= 1},
    ),
    by_backward(
        "causal attention",
        _causal,
        _causal_back,
        normal(8, 3, 2),
        normal(9, 3, 2),
        normal(10, 3, 2),
        wrong={"backward without the mask": _causal_without_mask},
        over={
            "shapes": {"q": "n+1 d", "k": "n+1 d", "v": "n+1 e"},
            "domain": {"q": (-3.0, 3.0), "k": (-3.0, 3.0)},
        },
    ),
    by_backward(
        "dead ReLU",
        _dead,
        _dead_back,
        np.abs(normal(11, 4, 3)),
        array([[1.0, -1.0], [0.5, -2.0], [2.0, -0.1]]),
        array([0.1, -1.0]),
        wrong={"a dead unit leaks": _dead_leaks},
    ),
    by_backward(
        "unused argument",
        lambda x, u: x * x,
        lambda g, x, u: (2 * x * g, np.zeros_like(u)),
        array([1.0, -2.0, 0.3]),
        array([3.0, 4.0]),
        wrong={"ones for the unused one": lambda g, x, u: (2 * x * g, np.ones_like(u))},
        over={"shapes": {"x": "n", "u": "m"}},
    ),
    by_backward(
        "shift before softmax",
        _shift_invariant,
        _shift_invariant_back,
        normal(12, 3, 4),
        normal(13, 3, 1),
        wrong={"the shift counted": _shift_counted},
        over={"shapes": {"x": "n k", "c": "n 1"}, "where": lambda k: k >= 1},
    ),
    by_pullback(
        "clipped entries",
        _clipped,
        array([0.3, 2.0, -5.0, -0.2]),
        wrong={"the clip is ignored": _clip_passes},
        over={"shapes": {"x": "n"}, "domain": {"x": (-3.0, 3.0)}},
    ),
    by_backward(
        "scale before normalising",
        _scaled_then_normed,
        _scaled_then_normed_back,
        array([1.0, 2.0, -0.5]),
        array(1.7),
        wrong={"the scale counted": _scale_counted},
        over={"shapes": {"x": "n+2", "s": ""}, "domain": {"x": (0.5, 2.0), "s": (0.5, 3.0)}},
    ),
    by_gradient(
        "term of weight zero",
        _auxiliary,
        lambda x, w: (2 * x, np.zeros_like(w)),
        array([0.5, 1.0]),
        array([2.0, -1.0]),
        wrong={"the term counted": lambda x, w: (2 * x, 3 * w**2)},
        over={"shapes": {"x": "n", "w": "m"}},
    ),
    by_gradient(
        "entries left out by another input",
        _regularised,
        lambda x, z: (2 * x * (z > 0.5), np.zeros_like(z)),
        array([0.5, 1.0, -2.0]),
        array([0.1, 0.9, 0.7]),
        wrong={"all entries count": lambda x, z: (2 * x, np.zeros_like(z))},
    ),
)
