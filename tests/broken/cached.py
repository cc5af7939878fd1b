"""Wrong gradients in the dialect of the well-known courses: forward returns a cache, backward takes it."""

from __future__ import annotations

import numpy as np

from gradcheck import Layer
from tests.broken.record import CACHE, CONTRACT, FD, Broken


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


_AFFINE = {"shapes": {"x": "n h v", "w": "h*v m", "b": "m"}}
AFFINE_CACHED = Layer.from_cached(affine_forward, affine_backward, name="affine_cached", **_AFFINE)


def affine_forgets_to_reshape(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def affine_multiplies_by_the_bias(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, (dout * b).sum(axis=0)


def conv_forward_naive(x, w, b, conf):
    stride, pad = conf["stride"], conf["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = (padded.shape[2] - w.shape[2]) // stride + 1
    cols = (padded.shape[3] - w.shape[3]) // stride + 1
    out = np.zeros((x.shape[0], w.shape[0], rows, cols), x.dtype)
    for i in range(rows):
        for j in range(cols):
            seen = padded[
                :, None, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]
            ]
            out[:, :, i, j] = (seen * w).sum(axis=(2, 3, 4)) + b
    return out, (x, w, b, conf)


def _conv_backward(dout, cache, crop=True, step=None):
    x, w, _, conf = cache
    stride, pad = conf["stride"], conf["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    d_padded, dw = np.zeros_like(padded), np.zeros_like(w)
    height, width = w.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = (i * (step or stride), j * (step or stride))
            cotangent = dout[:, :, i, j]
            d_padded[:, :, top : top + height, left : left + width] += np.tensordot(cotangent, w, 1)
            seen = padded[:, :, i * stride : i * stride + height, j * stride : j * stride + width]
            dw += np.tensordot(cotangent.T, seen, 1)
    rows, cols = x.shape[2:]
    start = pad if crop else 0
    return d_padded[:, :, start : start + rows, start : start + cols], dw, dout.sum(axis=(0, 2, 3))


_CONV = {
    "shapes": {"x": "n c h w", "w": "f c p q", "b": "f"},
    "options": {"conf": ({"stride": 1, "pad": 0}, {"stride": 2, "pad": 1})},
    "where": lambda h, w, p, q, conf: 1 <= p <= h + 2 * conf["pad"] and 1 <= q <= w + 2 * conf["pad"],
}
CONV_CACHED = Layer.from_cached(
    conv_forward_naive, lambda dout, cache: _conv_backward(dout, cache), name="conv_cached", **_CONV
)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh):
    gates = x @ Wx + prev_h @ Wh
    i, f, o, g = np.split(gates, 4, axis=1)
    i, f, o, g = _sigmoid(i), _sigmoid(f), _sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def _sigmoid(x):
    return np.tanh(x / 2) / 2 + 0.5


def lstm_step_backward(dnext_h, dnext_c, cache, *, through_h=1.0):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dc = dnext_c + through_h * dnext_h * o * (1 - np.tanh(next_c) ** 2)
    gates = [dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * np.tanh(next_c) * o * (1 - o)]
    da = np.hstack([*gates, dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da


_LSTM = {
    "shapes": {"x": "n d", "prev_h": "n h", "prev_c": "n h", "Wx": "d 4*h", "Wh": "h 4*h"},
    "domain": dict.fromkeys(("x", "prev_h", "prev_c", "Wx", "Wh"), (-1.0, 1.0)),
    "traits": ("smooth",),
    "batch": "n",
}
LSTM_CACHED = Layer.from_cached(lstm_step_forward, lstm_step_backward, name="lstm_cached", **_LSTM)


def lstm_forgets_that_h_depends_on_c(dnext_h, dnext_c, cache):
    return lstm_step_backward(dnext_h, dnext_c, cache, through_h=0.0)


def lstm_ignores_the_cotangent_of_c(dnext_h, dnext_c, cache):
    return lstm_step_backward(dnext_h, np.zeros_like(dnext_c), cache)


KEPT: dict = {}
"""What several calls share, which is the mistake."""


def relu_forward_with_one_cache(x):
    KEPT["x"] = x
    return np.maximum(x, 0), KEPT


def square_forward_into_one_buffer(x):
    buffer = KEPT.setdefault(x.shape, np.zeros_like(x))
    buffer[...] = x
    return x * x, buffer


def _wrong(forward, backward, caught_by, family, **fields):
    name = fields.pop("name", backward.__name__)
    return Broken(Layer.from_cached(forward, backward, name=name, **fields), caught_by, family)


AFFINE_SHAPE = _wrong(affine_forward, affine_forgets_to_reshape, CONTRACT, "wrong shape", **_AFFINE)
AFFINE_BIAS = _wrong(affine_forward, affine_multiplies_by_the_bias, FD, "factor", **_AFFINE)
CONV_UNCROPPED = _wrong(
    conv_forward_naive,
    lambda dout, cache: _conv_backward(dout, cache, crop=False),
    FD,
    "padding",
    name="conv_crops_at_the_wrong_end",
    **_CONV,
)
CONV_UNDILATED = _wrong(
    conv_forward_naive,
    lambda dout, cache: _conv_backward(dout, cache, step=1),
    FD,
    "stride not dilated",
    name="conv_steps_by_one_in_backward",
    **_CONV,
)
LSTM_PATH = _wrong(lstm_step_forward, lstm_forgets_that_h_depends_on_c, FD, "missing path", **_LSTM)
LSTM_OUTPUT = _wrong(lstm_step_forward, lstm_ignores_the_cotangent_of_c, FD, "missing path", **_LSTM)
RELU_CACHE = _wrong(
    relu_forward_with_one_cache,
    lambda dout, cache: dout * (cache["x"] > 0),
    CACHE,
    "shared cache",
    name="relu_keeps_one_cache_for_all",
    shapes={"x": "n"},
)
SQUARE_CACHE = _wrong(
    square_forward_into_one_buffer,
    lambda dout, buffer: 2 * buffer * dout,
    CACHE,
    "shared cache",
    name="square_keeps_its_input_in_one_buffer",
    shapes={"x": "n"},
)

RIGHT_EXTRAS = (AFFINE_CACHED, CONV_CACHED, LSTM_CACHED)
