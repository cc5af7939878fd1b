"""Wrong gradients of convolutions along one axis and over three."""

from __future__ import annotations

import numpy as np

from derivations.dimensions import CONV1D, CONV3D, conv1d_vjp, conv3d_vjp
from tests.broken.record import EXACT, FD, ORACLE, with_backward


def _bars_1d(y_bar, x, w, b, options):
    return conv1d_vjp(x, w, b, **options)[1](y_bar)


def _bars_3d(y_bar, x, w, b, options):
    return conv3d_vjp(x, w, b, **options)[1](y_bar)


def _in_the_corner(y_bar, y):
    """Return ȳ in the first entries of an array like y, which is larger."""
    corner = np.zeros_like(y)
    corner[tuple(map(slice, y_bar.shape))] = y_bar
    return corner


@with_backward(CONV1D, FD, "missing flip")
def conv1d_missing_flip(y_bar, x, w, b, **options):
    return _bars_1d(y_bar, x, w[..., ::-1], b, options)[0], *_bars_1d(y_bar, x, w, b, options)[1:]


@with_backward(CONV1D, ORACLE, "dilation")
def conv1d_dilation_ignored(y_bar, x, w, b, **options):
    compact, pullback = conv1d_vjp(x, w, b, **{**options, "dilation": 1})
    return pullback(_in_the_corner(y_bar, compact))[0], *_bars_1d(y_bar, x, w, b, options)[1:]


@with_backward(CONV1D, EXACT, "stride")
def conv1d_kernel_read_without_the_stride(y_bar, x, w, b, **options):
    dense, pullback = conv1d_vjp(x, w, b, **{**options, "stride": 1})
    x_bar, _, b_bar = _bars_1d(y_bar, x, w, b, options)
    return x_bar, pullback(_in_the_corner(y_bar, dense))[1], b_bar


@with_backward(CONV1D, FD, "padding")
def conv1d_border_not_cropped_at_the_front(y_bar, x, w, b, *, padding, **options):
    bordered = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    bordered_bar, w_bar, b_bar = conv1d_vjp(bordered, w, b, **options)[1](y_bar)
    return bordered_bar[..., : x.shape[2]], w_bar, b_bar


@with_backward(CONV3D, EXACT, "missing sum")
def conv3d_missing_sum_over_depth_taps(y_bar, x, w, b, **options):
    first = w.copy()
    first[:, :, 1:] = 0
    return _bars_3d(y_bar, x, first, b, options)[0], *_bars_3d(y_bar, x, w, b, options)[1:]


@with_backward(CONV3D, FD, "missing flip")
def conv3d_missing_flip_in_depth(y_bar, x, w, b, **options):
    return _bars_3d(y_bar, x, w[:, :, ::-1], b, options)[0], *_bars_3d(y_bar, x, w, b, options)[1:]


@with_backward(CONV3D, ORACLE, "missing flip")
def conv3d_kernel_cotangent_reversed_in_depth(y_bar, x, w, b, **options):
    x_bar, w_bar, b_bar = _bars_3d(y_bar, x, w, b, options)
    return x_bar, w_bar[:, :, ::-1].copy(), b_bar


@with_backward(CONV3D, EXACT, "extra sum or mean")
def conv3d_bias_as_a_mean_over_planes(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = _bars_3d(y_bar, x, w, b, options)
    return x_bar, w_bar, y_bar.mean(axis=2).sum(axis=(0, 2, 3))
