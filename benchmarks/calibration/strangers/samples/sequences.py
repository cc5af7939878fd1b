"""Recurrent cells, attention and embeddings."""

import numpy as np
from scipy.special import expit

from benchmarks.calibration.strangers.stranger import (
    FLAWED,
    by_backward,
    by_cache,
    by_object,
    by_pullback,
    normal,
)


def lstm_step(x, h, c, wx, wh, b):
    n = h.shape[1]
    a = x @ wx + h @ wh + b
    i, f, o = expit(a[:, :n]), expit(a[:, n : 2 * n]), expit(a[:, 2 * n : 3 * n])
    g = np.tanh(a[:, 3 * n :])
    c_next = f * c + i * g
    t = np.tanh(c_next)
    return o * t, c_next, (x, h, c, wx, wh, i, f, o, g, t)


def lstm_back(forget_flow=True, tanh_slope=True):
    def back(dh, dc, cache):
        x, h, c, wx, wh, i, f, o, g, t = cache
        dc = dc + dh * o * (1 - t**2) if forget_flow else dh * o * (1 - t**2)
        slope = (1 - g**2) if tanh_slope else g * (1 - g)
        da = np.hstack([dc * g * i * (1 - i), dc * c * f * (1 - f), dh * t * o * (1 - o), dc * i * slope])
        return da @ wx.T, da @ wh.T, dc * f, x.T @ da, h.T @ da, da.sum(0)

    return back


def rnn(x, h0, wx, wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ wx + hs[-1] @ wh + b))
    return np.stack(hs[1:], axis=1) if x.shape[1] else np.zeros((len(x), 0, len(b)))


def rnn_back(through_time=True):
    def back(g, x, h0, wx, wh, b):
        h = rnn(x, h0, wx, wh, b)
        dx, dwx, dwh, db = np.zeros_like(x), np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(b)
        dh = np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            before = h[:, t - 1] if t > 0 else h0
            da = (g[:, t] + (dh if through_time else 0)) * (1 - h[:, t] ** 2)
            dx[:, t] = da @ wx.T
            dwx += x[:, t].T @ da
            dwh += before.T @ da
            db += da.sum(0)
            dh = da @ wh.T
        return dx, dh, dwx, dwh, db

    return back


def gru(x, h, wz, wr, wh):
    z, r = expit(np.hstack([x, h]) @ wz), expit(np.hstack([x, h]) @ wr)
    n = np.tanh(np.hstack([x, r * h]) @ wh)
    return (1 - z) * h + z * n


def gru_back(reset=True):
    def back(g, x, h, wz, wr, wh):
        k = x.shape[1]
        xh = np.hstack([x, h])
        z, r = expit(xh @ wz), expit(xh @ wr)
        xr = np.hstack([x, r * h])
        n = np.tanh(xr @ wh)
        dn = g * z * (1 - n**2)
        dz = g * (n - h) * z * (1 - z)
        dxr = dn @ wh.T
        dr = dxr[:, k:] * h * r * (1 - r)
        dxh = dz @ wz.T + (dr @ wr.T if reset else 0)
        dx = dxh[:, :k] + dxr[:, :k]
        dh = dxh[:, k:] + dxr[:, k:] * r + g * (1 - z)
        return dx, dh, xh.T @ dz, xh.T @ dr, xr.T @ dn

    return back


def _softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def heads(x, wq, wk, wv):
    q, k, v = (np.einsum("td,hde->hte", x, w) for w in (wq, wk, wv))
    a = _softmax(np.einsum("hte,hse->hts", q, k) / np.sqrt(q.shape[-1]))
    return np.einsum("hts,hse->the", a, v), (x, wq, wk, wv, q, k, v, a)


def heads_back(scaled=True):
    def back(g, cache):
        x, wq, wk, wv, q, k, v, a = cache
        dv = np.einsum("hts,the->hse", a, g)
        da = np.einsum("the,hse->hts", g, v)
        ds = a * (da - (a * da).sum(-1, keepdims=True))
        if scaled:
            ds = ds / np.sqrt(q.shape[-1])
        dq, dk = np.einsum("hts,hse->hte", ds, k), np.einsum("hts,hte->hse", ds, q)
        pairs = ((dq, wq), (dk, wk), (dv, wv))
        dx = sum(np.einsum("hte,hde->td", d, w) for d, w in pairs)
        return dx, *(np.einsum("td,hte->hde", x, d) for d, _ in pairs)

    return back


def masked_attention(s, v, mask):
    return _softmax(np.where(mask, s, -np.inf)) @ v


def masked_attention_back(g, s, v, mask):
    a = _softmax(np.where(mask, s, -np.inf))
    da = g @ v.T
    return a * (da - (a * da).sum(-1, keepdims=True)), a.T @ g, None


def _masked_attention_mean(g, s, v, mask):
    a = _softmax(np.where(mask, s, -np.inf))
    da = g @ v.T
    return a * (da - (a * da).mean(-1, keepdims=True)), a.T @ g, None


MASK = np.array([[True, True, False], [True, False, True]])


def embedding(table, words):
    return table[words]


def embedding_back(g, table, words):
    d = np.zeros_like(table)
    np.add.at(d, words, g)
    return d, None


def _embedding_overwrites(g, table, words):
    d = np.zeros_like(table)
    d[words] += g
    return d, None


class Embedding:
    def __init__(self, W):
        self.params, self.grads = [W.copy()], [np.zeros_like(W)]

    def forward(self, words):
        self.words = words
        return self.params[0][words]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.words, dout)


class _EmbeddingOverwrites(Embedding):
    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        dW[self.words] = dout


def _rotary(x, inverse=1.0):
    t, d = x.shape
    angle = np.arange(t)[:, None] / 100.0 ** (np.arange(d // 2) * 2 / max(d, 1)) * inverse
    a, b = x[:, ::2], x[:, 1::2]
    y = np.empty_like(x)
    y[:, ::2] = a * np.cos(angle) - b * np.sin(angle)
    y[:, 1::2] = a * np.sin(angle) + b * np.cos(angle)
    return y


def _positions(x, p):
    return x + p[None, : x.shape[1]]


def _positions_back(g, x, p):
    d = np.zeros_like(p)
    d[: x.shape[1]] = g.sum(0)
    return g.copy(), d


def _positions_last(g, x, p):
    d = np.zeros_like(p)
    d[-x.shape[1] :] = g.sum(0)
    return g.copy(), d


def _leaky_integrator(x):
    y = np.zeros_like(x)
    state = 0.0
    for t, value in enumerate(x):
        state = 0.9 * state + value
        y[t] = state

    def back(g):
        d, acc = np.zeros_like(g), 0.0
        for t in range(len(g) - 1, -1, -1):
            acc = g[t] + 0.9 * acc
            d[t] = acc
        return d

    return y, back


def _leaky_one_step(x):
    y, _ = _leaky_integrator(x)
    return y, lambda g: g + 0.9 * np.append(g[1:], 0.0)


WORDS = np.array([[0, 2], [2, 4]])
CELL = tuple(
    normal(150 + k, *shape) for k, shape in enumerate(((2, 3), (2, 2), (2, 2), (3, 8), (2, 8), (8,)))
)
GRU = tuple(normal(160 + k, *s) for k, s in enumerate(((2, 3), (2, 2), (5, 2), (5, 2), (5, 2))))
RNN = tuple(normal(170 + k, *s) for k, s in enumerate(((2, 3, 2), (2, 4), (2, 4), (4, 4), (4,))))

SEQUENCES = (
    by_cache(
        "LSTM cell",
        lstm_step,
        lstm_back(),
        *CELL,
        wrong={
            "the cell's own cotangent": lstm_back(forget_flow=False),
            "slope": lstm_back(tanh_slope=False),
        },
        over={"shapes": {"x": "n d", "h": "n m", "c": "n m", "wx": "d 4*m", "wh": "m 4*m", "b": "4*m"}},
        expected=FLAWED,
    ),
    by_backward(
        "recurrent net through time",
        rnn,
        rnn_back(),
        *RNN,
        wrong={"not through time": rnn_back(through_time=False)},
        over={"shapes": {"x": "n t+2 d", "h0": "n m", "wx": "d m", "wh": "m m", "b": "m"}},
    ),
    by_backward(
        "GRU cell",
        gru,
        gru_back(),
        *GRU,
        wrong={"the reset gate": gru_back(reset=False)},
        over={"shapes": {"x": "n d", "h": "n m", "wz": "d+m m", "wr": "d+m m", "wh": "d+m m"}},
    ),
    by_cache(
        "attention in heads",
        heads,
        heads_back(),
        normal(180, 3, 4),
        *(normal(181 + k, 2, 4, 3) for k in range(3)),
        wrong={"the scale is forgotten": heads_back(scaled=False)},
        over={"shapes": {"x": "t+1 d", "wq": "h d e+2", "wk": "h d e+2", "wv": "h d e+2"}},
    ),
    by_backward(
        "attention with a mask",
        masked_attention,
        masked_attention_back,
        normal(184, 2, 3),
        normal(185, 3, 2),
        MASK,
        declared={"constants": ("mask",)},
        wrong={"a mean for a sum": _masked_attention_mean},
    ),
    by_backward(
        "embedding with np.add.at",
        embedding,
        embedding_back,
        normal(186, 5, 3),
        WORDS,
        declared={"constants": ("words",)},
        wrong={"+= at repeats": _embedding_overwrites},
        over={
            "shapes": {"table": "v+1 d", "words": "n t"},
            "dtype": {"words": "int64"},
            "domain": {"words": (0, "v")},
        },
    ),
    by_object(
        "embedding object",
        Embedding,
        WORDS,
        normal(187, 5, 2),
        declared={"parameters": {"W": ("params[0]", "grads[0]")}, "constants": ("words",)},
        wrong={"assigned at repeats": _EmbeddingOverwrites},
    ),
    by_backward(
        "rotary positions",
        _rotary,
        lambda g, x: _rotary(g, -1.0),
        normal(188, 3, 4),
        wrong={"turned the same way": lambda g, x: _rotary(g)},
        over={"shapes": {"x": "t 2*d"}},
    ),
    by_backward(
        "learnt positions",
        _positions,
        _positions_back,
        normal(189, 2, 3, 2),
        normal(190, 5, 2),
        wrong={"the last positions": _positions_last},
        over={"shapes": {"x": "n+1 t+1 d", "p": "t+3 d"}},
    ),
    by_pullback(
        "leaky integrator",
        _leaky_integrator,
        normal(191, 6),
        wrong={"one step back": _leaky_one_step},
        over={"shapes": {"x": "t"}},
    ),
)
