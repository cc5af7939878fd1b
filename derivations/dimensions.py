"""Convolution along one axis, and over three: both are made of the convolution over two.

In one dimension, for signals of length L,

    y[n,j,s] = b[j] + Σ_i Σ_q X[n, i, s·t + q·d] w[j,i,q]

which is `multichannel`'s equation for images that are one row high and kernels that are one row high: the
added axis has one index, 0, and its sum one term. So y, and all three cotangents, are those of `conv2d` with
that axis put in and taken out.

In three dimensions the sum over the depth taps a stands outside,

    y[n,j,z,r,s] = b[j] + Σ_a Σ_i Σ_pq X[n, i, z·t + a·d, r·t' + p·d', s·t″ + q·d″] w[j,i,a,p,q]
                 = b[j] + Σ_a (X_a ⋆ w_a)[n,z,j,r,s],     X_a[n,z] = X[n, :, z·t + a·d],  w_a = w[:, :, a]

one 2-D convolution for each a, whose batch is all pairs (n, z). Each w_a occurs in its own term alone, each
plane of X in every term whose a reads it, and b once:

    w̄[:, :, a] = the kernel cotangent of X_a ⋆ w_a
    X̄[n, :, z·t + a·d] += the input cotangent of X_a ⋆ w_a, for every a: contributions that meet are added
    b̄[j] = Σ_n Σ_zrs ȳ[n,j,z,r,s]

Planes that no tap reads, because the stride leaves them over, get zero.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from scipy import signal

from derivations.multichannel import conv2d_vjp
from derivations.types import Array, Pullback
from gradcheck import Layer

Triple: TypeAlias = int | tuple[int, int, int]
"""One number for all three axes, or (depth, vertical, horizontal)."""


def conv1d(x: Array, w: Array, b: Array, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> Array:
    """Return y[n,j] = b[j] + Σ_i x[n,i] ⋆ w[j,i], along the last axis.

    Parameters
    ----------
    x
        Signals, (n, i, length).
    w
        Kernels, (o, i, q); dilated they fit inside the padded signal.
    b
        Bias, (o,).
    stride, padding, dilation
        As for `conv2d`, along the one axis.

    Returns
    -------
    Array
        (n, o, s) with s = ⌊(length + 2·padding − (q−1)·dilation − 1)/stride⌋ + 1.
    """
    return conv1d_vjp(x, w, b, stride=stride, padding=padding, dilation=dilation)[0]


def conv1d_vjp(
    x: Array, w: Array, b: Array, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> tuple[Array, Pullback]:
    """Return `conv1d` and its pullback, ȳ -> x̄, w̄, b̄: those of `conv2d`, the added axis taken out."""
    rows, pull_rows = conv2d_vjp(
        x[:, :, None], w[:, :, None], b, stride=(1, stride), padding=(0, padding), dilation=(1, dilation)
    )

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar, w_bar, b_bar = pull_rows(y_bar[:, :, None])
        return x_bar[:, :, 0], w_bar[:, :, 0], b_bar

    return rows[:, :, 0], pullback


def conv3d(
    x: Array, w: Array, b: Array, *, stride: Triple = 1, padding: Triple = 0, dilation: Triple = 1
) -> Array:
    """Return y[n,j] = b[j] + Σ_i x[n,i] ⋆ w[j,i], over the last three axes.

    Parameters
    ----------
    x
        Volumes, (n, i, planes, rows, cols).
    w
        Kernels, (o, i, a, p, q); dilated they fit inside the padded volume.
    b
        Bias, (o,).
    stride, padding, dilation
        One number, or (depth, vertical, horizontal).

    Returns
    -------
    Array
        (n, o, z, r, s), each size as for `conv2d`.
    """
    return conv3d_vjp(x, w, b, stride=stride, padding=padding, dilation=dilation)[0]


def conv3d_vjp(
    x: Array, w: Array, b: Array, *, stride: Triple = 1, padding: Triple = 0, dilation: Triple = 1
) -> tuple[Array, Pullback]:
    """Return `conv3d` and its pullback, ȳ -> x̄, w̄, b̄: those of a 2-D convolution for each depth tap."""
    no_bias = np.zeros_like(b)
    (t, step), (above, added), (d, holes) = map(_depth_and_plane, (stride, padding, dilation))
    bordered = np.pad(x, ((0, 0), (0, 0), (above, above), (0, 0), (0, 0)))
    depth = (bordered.shape[2] - (w.shape[2] - 1) * d - 1) // t + 1
    read = [np.s_[:, :, a * d : a * d + (depth - 1) * t + 1 : t] for a in range(w.shape[2])]
    taps = [
        conv2d_vjp(
            _as_batch(bordered[planes]), w[:, :, a], no_bias, stride=step, padding=added, dilation=holes
        )
        for a, planes in enumerate(read)
    ]

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        bordered_bar, w_bar = np.zeros_like(bordered), np.empty_like(w)
        for a, (_, pull_tap) in enumerate(taps):
            planes_bar, w_bar[:, :, a], _ = pull_tap(_as_batch(y_bar))
            bordered_bar[read[a]] += _as_volumes(planes_bar, depth)
        return bordered_bar[:, :, above : above + x.shape[2]], w_bar, y_bar.sum(axis=(0, 2, 3, 4))

    y = _as_volumes(np.sum([term for term, _ in taps], axis=0), depth)
    return y + b[:, None, None, None], pullback


def _depth_and_plane(option: Triple) -> tuple[int, tuple[int, int]]:
    """Return an option's depth, and its (vertical, horizontal) rest."""
    depth, vertical, horizontal = (option,) * 3 if isinstance(option, int) else option
    return depth, (vertical, horizontal)


def _as_batch(a: Array) -> Array:
    """Make every plane a sample: (n, c, z, r, s) -> (n·z, c, r, s)."""
    n, c, z, r, s = a.shape
    return a.swapaxes(1, 2).reshape(n * z, c, r, s)


def _as_volumes(a: Array, depth: int) -> Array:
    """Undo `_as_batch`, for z = `depth`."""
    planes, c, r, s = a.shape
    return a.reshape(planes // depth, depth, c, r, s).swapaxes(1, 2)


def conv1d_oracle(
    x: Array, w: Array, b: Array, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> tuple[Array, Pullback]:
    """Return the same as `conv1d_vjp` by `scipy.signal`, for each sample and pair of channels."""
    return _by_scipy(x, w, b, (stride,), (padding,), (dilation,))


def conv3d_oracle(
    x: Array, w: Array, b: Array, *, stride: Triple = 1, padding: Triple = 0, dilation: Triple = 1
) -> tuple[Array, Pullback]:
    """Return the same as `conv3d_vjp` by `scipy.signal`, for each sample and pair of channels."""
    return _by_scipy(
        x, w, b, *(np.broadcast_to(option, 3).tolist() for option in (stride, padding, dilation))
    )


def _by_scipy(
    x: Array, w: Array, b: Array, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> tuple[Array, Pullback]:
    """Convolve along any number of axes, with the zeros of padding and dilation written out."""
    padded = np.pad(x, [(0, 0), (0, 0), *((added, added) for added in padding)])
    inner = tuple(slice(added, added + size) for added, size in zip(padding, x.shape[2:], strict=True))
    taken, held = (tuple(slice(None, None, step) for step in steps) for steps in (stride, dilation))
    reach = [d * (taps - 1) + 1 for d, taps in zip(dilation, w.shape[2:], strict=True)]
    stuffed = np.zeros((*w.shape[:2], *reach), w.dtype)
    stuffed[:, :, *held] = w
    dense = [size - taps + 1 for size, taps in zip(padded.shape[2:], reach, strict=True)]
    triples = list(np.ndindex(len(x), *w.shape[:2]))

    y = np.zeros((len(x), len(w), *dense), x.dtype) + np.expand_dims(b, tuple(range(1, x.ndim - 1)))
    for n, j, i in triples:
        y[n, j] += signal.correlate(padded[n, i], stuffed[j, i], mode="valid", method="direct")

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        padded_bar, stuffed_bar = np.zeros_like(padded), np.zeros_like(stuffed)
        dense_bar = np.zeros((*y_bar.shape[:2], *dense), y_bar.dtype)
        dense_bar[:, :, *taken] = y_bar
        for n, j, i in triples:
            sent = dense_bar[n, j]
            padded_bar[n, i] += signal.convolve(sent, stuffed[j, i], mode="full", method="direct")
            stuffed_bar[j, i] += signal.correlate(padded[n, i], sent, mode="valid", method="direct")
        b_bar = np.moveaxis(y_bar, 1, 0).reshape(len(w), y_bar[:, 0].size).sum(axis=1)
        return padded_bar[:, :, *inner].copy(), stuffed_bar[:, :, *held].copy(), b_bar

    return y[:, :, *taken].copy(), pullback


def _fits(size: int, taps: int, padding: int, dilation: int) -> bool:
    return taps >= 1 and (taps - 1) * dilation + 1 <= size + 2 * padding


def _fits_in_each_axis(
    planes: int, rows: int, cols: int, a: int, p: int, q: int, padding: Triple, dilation: Triple
) -> bool:
    options = (np.broadcast_to(option, 3).tolist() for option in (padding, dilation))
    return all(map(_fits, (planes, rows, cols), (a, p, q), *options))


CONV1D = Layer(
    conv1d,
    conv1d_vjp,
    shapes={"x": "n i length", "w": "o i q", "b": "o"},
    where=lambda length, q, padding, dilation: _fits(length, q, padding, dilation),
    options={"stride": (1, 2, 3), "padding": (0, 1, 2), "dilation": (1, 2, 3)},
    oracle=conv1d_oracle,
    traits=("multilinear",),
    batch="n",
)

CONV3D = Layer(
    conv3d,
    conv3d_vjp,
    shapes={"x": "n i planes rows cols", "w": "o i a p q", "b": "o"},
    where=_fits_in_each_axis,
    options={
        "stride": (1, 2, (1, 2, 3), (3, 1, 2)),
        "padding": (0, 1, (0, 1, 2), (2, 0, 1)),
        "dilation": (1, 2, (1, 2, 1), (2, 1, 3)),
    },
    oracle=conv3d_oracle,
    traits=("multilinear",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (CONV1D, CONV3D)
