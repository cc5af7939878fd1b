"""Wrong gradients of `conv2d`."""

from __future__ import annotations

import numpy as np

from derivations import CONV2D, conv2d_vjp, flip
from derivations.windows import border, crop, pair
from tests.broken.record import CONTRACT, EXACT, FD, ORACLE, one_entry_off, with_backward


@with_backward(CONV2D, EXACT, "missing sum")
def conv2d_missing_sum_over_the_batch(y_bar, x, w, b, **options):
    x_bar, _, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    _, w_bar, _ = conv2d_vjp(x[:1], w, b, **options)[1](y_bar[:1])
    return x_bar, w_bar, b_bar


@with_backward(CONV2D, FD, "missing sum")
def conv2d_missing_sum_over_output_channels(y_bar, x, w, b, *, groups, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, groups=groups, **options)[1](y_bar)
    first = slice(None, None, len(w) // groups)  # of each group, as the article's N3 has it
    x_bar, _, _ = conv2d_vjp(x, w[first], b[first], groups=groups, **options)[1](y_bar[:, first])
    return x_bar, w_bar, b_bar


@with_backward(CONV2D, EXACT, "extra sum or mean")
def conv2d_bias_as_a_mean_over_positions(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, y_bar.mean(axis=(2, 3)).sum(axis=0)


@with_backward(CONV2D, FD, "missing flip")
def conv2d_missing_flip(y_bar, x, w, b, **options):
    x_bar, _, _ = conv2d_vjp(x, flip(w), b, **options)[1](y_bar)
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, b_bar


def _conv2d_bars_with_border(y_bar, x, w, b, padding, options):
    bordered = border(x, pair(padding))
    return conv2d_vjp(bordered, w, b, **options)[1](y_bar)


@with_backward(CONV2D, EXACT, "padding")
def conv2d_border_cropped_on_one_side_only(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    rows, cols = x.shape[2:]
    return bordered_bar[:, :, :rows, :cols], w_bar, b_bar


@with_backward(CONV2D, ORACLE, "padding")
def conv2d_border_cropped_by_one_too_few(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    (above, left), (rows, cols) = pair(padding), x.shape[2:]
    above, left = max(above - 1, 0), max(left - 1, 0)
    return bordered_bar[:, :, above : above + rows, left : left + cols], w_bar, b_bar


@with_backward(CONV2D, CONTRACT, "padding")
def conv2d_border_cropped_with_axes_swapped(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    return crop(bordered_bar, pair(padding)[::-1]), w_bar, b_bar


def _spread_into(y_bar, dense):
    """Return ȳ in the top left corner of a larger array."""
    spread = np.zeros(dense.shape, y_bar.dtype)
    spread[:, :, : y_bar.shape[2], : y_bar.shape[3]] = y_bar
    return spread


@with_backward(CONV2D, FD, "stride")
def conv2d_stride_not_dilated(y_bar, x, w, b, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    dense, pullback = conv2d_vjp(x, w, b, **{**options, "stride": 1})
    return pullback(_spread_into(y_bar, dense))[0], w_bar, b_bar


@with_backward(CONV2D, ORACLE, "dilation")
def conv2d_dilation_ignored(y_bar, x, w, b, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    compact, pullback = conv2d_vjp(x, w, b, **{**options, "dilation": 1})
    return pullback(_spread_into(y_bar, compact))[0], w_bar, b_bar


@with_backward(CONV2D, EXACT, "groups")
def conv2d_groups_mixed(y_bar, x, w, b, *, groups, **options):
    n, channels, rows, cols = y_bar.shape
    by_group = y_bar.reshape(n, channels // groups, groups, rows, cols).swapaxes(1, 2)
    _, _, b_bar = conv2d_vjp(x, w, b, groups=groups, **options)[1](y_bar)
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, groups=groups, **options)[1](by_group.reshape(y_bar.shape))
    return x_bar, w_bar, b_bar


@with_backward(CONV2D, CONTRACT, "bias axis")
def conv2d_bias_over_the_wrong_axis(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, y_bar.sum(axis=(1, 2, 3))


CONV2D_OFF_BY_1E_2 = one_entry_off(CONV2D, FD, 1e-2)


@with_backward(CONV2D, EXACT, "right for some sizes only")
def conv2d_for_channel_1_only(y_bar, x, w, b, **options):
    x_bar, _, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    _, w_bar, _ = conv2d_vjp(np.broadcast_to(x[:, :1], x.shape), w, b, **options)[1](y_bar)
    return x_bar, w_bar, b_bar


@with_backward(CONV2D, FD, "float32 on the way")
def conv2d_into_a_float32_buffer(y_bar, x, w, b, **options):
    x_bar, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    buffer = np.zeros(w.shape, np.float32)
    buffer += w_bar
    return x_bar, buffer.astype(w.dtype), b_bar
