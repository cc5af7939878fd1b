"""Wrong gradients of transposed convolution."""

from __future__ import annotations

import numpy as np

from derivations.convolution import flip
from derivations.multichannel import conv2d
from derivations.transposed import CONV_TRANSPOSE2D, conv_transpose2d_vjp
from tests.broken.record import CONTRACT, EXACT, FD, ORACLE, with_backward


def _bars(y_bar, x, w, b, options):
    return conv_transpose2d_vjp(x, w, b, **options)[1](y_bar)


@with_backward(CONV_TRANSPOSE2D, FD, "missing flip")
def conv_transpose2d_flips_the_kernel_once_more(y_bar, x, w, b, **options):
    return _bars(y_bar, x, flip(w), b, options)[0], *_bars(y_bar, x, w, b, options)[1:]


@with_backward(CONV_TRANSPOSE2D, ORACLE, "missing flip")
def conv_transpose2d_kernel_not_flipped_back(y_bar, x, w, b, **options):
    x_bar, w_bar, b_bar = _bars(y_bar, x, w, b, options)
    return x_bar, flip(w_bar).copy(), b_bar


@with_backward(CONV_TRANSPOSE2D, EXACT, "missing sum")
def conv_transpose2d_missing_sum_over_output_channels(y_bar, x, w, b, **options):
    x_bar, _, _ = _bars(y_bar[:, :1], x, w[:, :1], b[:1], options)
    return x_bar, *_bars(y_bar, x, w, b, options)[1:]


@with_backward(CONV_TRANSPOSE2D, EXACT, "missing sum")
def conv_transpose2d_missing_sum_over_the_batch(y_bar, x, w, b, **options):
    x_bar, _, b_bar = _bars(y_bar, x, w, b, options)
    return x_bar, _bars(y_bar[-1:], x[-1:], w, b, options)[1], b_bar


@with_backward(CONV_TRANSPOSE2D, FD, "missing sum")
def conv_transpose2d_bias_of_the_input_positions_only(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = _bars(y_bar, x, w, b, options)
    return x_bar, w_bar, y_bar[:, :, : x.shape[2], : x.shape[3]].sum(axis=(0, 2, 3))


@with_backward(CONV_TRANSPOSE2D, CONTRACT, "stride")
def conv_transpose2d_stride_ignored(y_bar, x, w, b, *, padding, **options):
    at_stride_1 = conv2d(y_bar, w, np.zeros(len(w), x.dtype), padding=padding)
    return at_stride_1, *_bars(y_bar, x, w, b, {**options, "padding": padding})[1:]


@with_backward(CONV_TRANSPOSE2D, ORACLE, "transposed", shapes={"x": "n i r s", "w": "i i p q", "b": "i"})
def conv_transpose2d_channels_of_the_kernel_swapped(y_bar, x, w, b, **options):
    x_bar, _, _ = _bars(y_bar, x, w.swapaxes(0, 1), b, options)
    return x_bar, *_bars(y_bar, x, w, b, options)[1:]
