"""Convolutions, pooling and resizing, with loops, with im2col, with strides."""

import numpy as np

from benchmarks.calibration.strangers.stranger import by_backward, by_cache, normal


def im2col(x, fh, fw, stride=1, pad=0):
    n, c, h, w = x.shape
    oh, ow = (h + 2 * pad - fh) // stride + 1, (w + 2 * pad - fw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    col = np.zeros((n, c, fh, fw, oh, ow), dtype=x.dtype)
    for i in range(fh):
        for j in range(fw):
            col[:, :, i, j] = img[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1)


def col2im(col, shape, fh, fw, stride=1, pad=0, add=True):
    n, c, h, w = shape
    oh, ow = (h + 2 * pad - fh) // stride + 1, (w + 2 * pad - fw) // stride + 1
    col = col.reshape(n, oh, ow, c, fh, fw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((n, c, h + 2 * pad + stride - 1, w + 2 * pad + stride - 1), dtype=col.dtype)
    for i in range(fh):
        for j in range(fw):
            place = np.s_[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
            img[place] = img[place] * add + col[:, :, i, j]
    return img[:, :, pad : h + pad, pad : w + pad]


def conv(x, w, b, stride=1, pad=0):
    k, _, fh, fw = w.shape
    n, _, h, wd = x.shape
    oh, ow = (h + 2 * pad - fh) // stride + 1, (wd + 2 * pad - fw) // stride + 1
    col = im2col(x, fh, fw, stride, pad)
    out = (col @ w.reshape(k, -1).T + b).reshape(n, oh, ow, k).transpose(0, 3, 1, 2)
    return out, (col, x.shape, w, stride, pad)


def conv_back(add=True, rows=False):
    def back(dout, cache):
        col, shape, w, stride, pad = cache
        k, _, fh, fw = w.shape
        d = dout.reshape(-1, k) if rows else dout.transpose(0, 2, 3, 1).reshape(-1, k)
        dw = (col.T @ d).T.reshape(w.shape)
        dx = col2im(d @ w.reshape(k, -1), shape, fh, fw, stride, pad, add)
        return dx, dw, d.sum(0)

    return back


def conv_naive(x, w, stride=1):
    n, _, h, wd = x.shape
    k, _, hh, ww = w.shape
    oh, ow = 1 + (h - hh) // stride, 1 + (wd - ww) // stride
    out = np.zeros((n, k, oh, ow))
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * stride : i * stride + hh, j * stride : j * stride + ww]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3]))
    return out


def conv_naive_back(assign=False):
    def back(g, x, w, stride=1):
        hh, ww = w.shape[2:]
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for i in range(g.shape[2]):
            for j in range(g.shape[3]):
                p = np.s_[:, :, i * stride : i * stride + hh, j * stride : j * stride + ww]
                dw += np.tensordot(g[:, :, i, j], x[p], axes=([0], [0]))
                part = np.tensordot(g[:, :, i, j], w, axes=([1], [0]))
                dx[p] = part if assign else dx[p] + part
        return dx, dw

    return back


def conv1d(x, w):
    return np.stack([np.convolve(row, w, mode="valid") for row in x])


def conv1d_back(g, x, w, flip=1):
    dx = np.stack([np.convolve(row, w[::-1][::flip], mode="full") for row in g])
    dw = sum(np.correlate(a, b, mode="valid")[::-1] for a, b in zip(x, g, strict=True))
    return dx, dw


def maxpool(x, size=2):
    n, c, h, w = x.shape
    z = x.reshape(n, c, h // size, size, w // size, size).transpose(0, 1, 2, 4, 3, 5)
    z = z.reshape(*z.shape[:4], -1)
    at = z.argmax(-1)
    return np.take_along_axis(z, at[..., None], -1)[..., 0], (at, x.shape, size)


def maxpool_back(g, cache):
    at, (n, c, h, w), size = cache
    z = np.zeros((*at.shape, size * size), dtype=g.dtype)
    np.put_along_axis(z, at[..., None], g[..., None], -1)
    z = z.reshape(n, c, h // size, w // size, size, size).transpose(0, 1, 2, 4, 3, 5)
    return z.reshape(n, c, h, w)


def _maxpool_first(g, cache):
    at, shape, size = cache
    return maxpool_back(g, (np.zeros_like(at), shape, size))


def _maxpool_no_transpose(g, cache):
    at, (n, c, h, w), size = cache
    z = np.zeros((*at.shape, size * size), dtype=g.dtype)
    np.put_along_axis(z, at[..., None], g[..., None], -1)
    return z.reshape(n, c, h, w)


def avgpool_back(g, x, over=4.0):
    return np.repeat(np.repeat(g, 2, axis=2), 2, axis=3) / over


def upsample(x):
    return x.repeat(2, axis=2).repeat(2, axis=3)


def upsample_back(g, x):
    n, c, h, w = x.shape
    return g.reshape(n, c, h, 2, w, 2).sum(axis=(3, 5))


def depthwise(x, w):
    h, wd = x.shape[2] - 2, x.shape[3] - 2
    return sum(x[:, :, i : i + h, j : j + wd] * w[:, i, j][:, None, None] for i in range(3) for j in range(3))


def depthwise_back(g, x, w, batch=True):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    h, wd = g.shape[2:]
    for i in range(3):
        for j in range(3):
            dx[:, :, i : i + h, j : j + wd] += g * w[:, i, j][:, None, None]
            each = (g * x[:, :, i : i + h, j : j + wd]).sum(axis=(2, 3))
            dw[:, i, j] = each.sum(0) if batch else each[0]
    return dx, dw


def bilinear(image, at):
    """Sample an image at real positions, row and column."""
    i, j = np.clip(np.floor(at).astype(int), 0, [[image.shape[0] - 2], [image.shape[1] - 2]])
    u, v = at[0] - i, at[1] - j
    a, b, c, d = image[i, j], image[i, j + 1], image[i + 1, j], image[i + 1, j + 1]
    return (1 - u) * (1 - v) * a + (1 - u) * v * b + u * (1 - v) * c + u * v * d


def bilinear_back(twisted=False):
    def back(g, image, at):
        i, j = np.clip(np.floor(at).astype(int), 0, [[image.shape[0] - 2], [image.shape[1] - 2]])
        u, v = at[0] - i, at[1] - j
        a, b, c, d = image[i, j], image[i, j + 1], image[i + 1, j], image[i + 1, j + 1]
        out = np.zeros_like(image)
        np.add.at(out, (i, j), g * (1 - u) * (1 - v))
        np.add.at(out, (i, j + 1), g * (1 - u) * v)
        np.add.at(out, (i + 1, j), g * u * (1 - v))
        np.add.at(out, (i + 1, j + 1), g * u * v)
        du = g * ((c - a) * (1 - v) + (d - b) * v)
        dv = g * ((b - a) * (1 - u) + (d - c) * u)
        return out, np.stack([dv, du] if twisted else [du, dv])

    return back


def _bilinear_overwrites(g, image, at):
    i, j = np.clip(np.floor(at).astype(int), 0, [[image.shape[0] - 2], [image.shape[1] - 2]])
    u, v = at[0] - i, at[1] - j
    out, dat = bilinear_back()(g, image, at)
    out[...] = 0
    for di, dj, weight in (
        (0, 0, (1 - u) * (1 - v)),
        (0, 1, (1 - u) * v),
        (1, 0, u * (1 - v)),
        (1, 1, u * v),
    ):
        out[i + di, j + dj] += g * weight  # repeated places are added once
    return out, dat


WHERE = {"where": lambda h, w, pad: h + 2 * pad >= 3 and w + 2 * pad >= 3}

IMAGES = (
    by_cache(
        "convolution by im2col",
        conv,
        conv_back(),
        normal(130, 2, 2, 5, 4),
        normal(131, 3, 2, 3, 3),
        normal(132, 3),
        options={"stride": 2, "pad": 1},
        wrong={"windows overwrite": conv_back(add=False), "channels are not moved": conv_back(rows=True)},
        over={
            "shapes": {"x": "n c h w", "w": "k c 3 3", "b": "k"},
            "options": {"stride": (1, 2), "pad": (0, 1)},
            **WHERE,
        },
    ),
    by_backward(
        "convolution by loops",
        conv_naive,
        conv_naive_back(),
        normal(133, 2, 2, 4, 4),
        normal(134, 2, 2, 2, 3),
        wrong={"windows overwrite": conv_naive_back(assign=True)},
        over={"shapes": {"x": "n c h+1 w+2", "w": "k c 2 3"}, "options": {"stride": (1, 2)}},
    ),
    by_backward(
        "np.convolve row by row",
        conv1d,
        conv1d_back,
        normal(135, 2, 6),
        normal(136, 3),
        wrong={"not flipped": lambda g, x, w: conv1d_back(g, x, w, -1)},
        over={"shapes": {"x": "n+1 h+3", "w": "3"}},
    ),
    by_cache(
        "max pooling by argmax",
        maxpool,
        maxpool_back,
        normal(137, 2, 2, 4, 4),
        wrong={"to the first of each window": _maxpool_first, "axes not moved back": _maxpool_no_transpose},
        over={"shapes": {"x": "n+1 c+1 2*h+2 2*w+2"}},
    ),
    by_backward(
        "average pooling",
        lambda x: (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4,
        avgpool_back,
        normal(138, 1, 2, 4, 2),
        wrong={"divided by two": lambda g, x: avgpool_back(g, x, 2.0)},
        over={"shapes": {"x": "n c 2*h 2*w"}},
    ),
    by_backward(
        "global average",
        lambda x: x.mean(axis=(2, 3)),
        lambda g, x: np.ones_like(x) * g[:, :, None, None] / (x.shape[2] * x.shape[3]),
        normal(139, 2, 3, 2, 4),
        wrong={"divided by one size": lambda g, x: np.ones_like(x) * g[:, :, None, None] / x.shape[2]},
        over={"shapes": {"x": "n c h+1 w+1"}},
    ),
    by_backward(
        "nearest upsampling",
        upsample,
        upsample_back,
        normal(140, 1, 2, 3, 2),
        wrong={
            "one of four": lambda g, x: g[:, :, ::2, ::2].copy(),
            "mean": lambda g, x: upsample_back(g, x) / 4,
        },
        over={"shapes": {"x": "n c h w"}},
    ),
    by_backward(
        "depthwise convolution",
        depthwise,
        depthwise_back,
        normal(141, 2, 2, 4, 5),
        normal(142, 2, 3, 3),
        wrong={"the first sample": lambda g, x, w: depthwise_back(g, x, w, batch=False)},
        over={"shapes": {"x": "n+1 c h+3 w+3", "w": "c 3 3"}},
    ),
    by_backward(
        "bilinear sampling",
        bilinear,
        bilinear_back(),
        normal(143, 4, 5),
        np.array([[0.3, 2.6, 1.2, 0.4], [3.7, 0.2, 1.9, 3.1]]),
        wrong={"row and column swapped": bilinear_back(twisted=True), "+= at repeats": _bilinear_overwrites},
        over={"shapes": {"image": "4 4", "at": "2 p"}, "domain": {"at": (0.1, 2.9)}},
    ),
)
