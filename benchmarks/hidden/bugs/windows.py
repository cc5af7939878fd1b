"""Hidden mistakes in what slides a window over its input: convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add


def _taps(x: Array, k: int, stride: int, dilation: int, padding: int) -> Array:
    padded = np.pad(x, padding)
    reach = dilation * (k - 1) + 1
    return sliding_window_view(padded, reach)[::stride, ::dilation]


def _conv(x: Array, w: Array, *, stride: int, dilation: int, padding: int) -> Array:
    return _taps(x, len(w), stride, dilation, padding) @ w


def _conv_backward(
    y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> tuple[Array, Array]:
    taps = _taps(x, len(w), stride, dilation, padding)
    into = np.zeros(len(x) + 2 * padding)
    for tap in range(len(w)):
        np.add.at(into, np.arange(len(y)) * stride + tap * dilation, y * w[tap])
    return into[padding : padding + len(x)], taps.T @ y


CONV = right(
    "conv1d",
    _conv,
    _conv_backward,
    shapes={"x": "n", "w": "k"},
    options={"stride": (1, 2, 3), "dilation": (1, 2, 3), "padding": (0, 1, 2)},
    where=lambda n, k, dilation, padding: dilation * (k - 1) + 1 <= n + 2 * padding,
)


@hidden(CONV, "pair")
def _stride_and_padding(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """With a stride of three and a padding of two, the padding is cropped on the wrong side."""
    if stride == 3 and padding == 2:
        bars[0][...] = np.roll(bars[0], 1)


@hidden(CONV, "pair")
def _dilation_and_stride(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """With a dilation of three and a stride of two, the last tap is left out."""
    if dilation == 3 and stride == 2 and len(w) > 1:
        bars[1][-1] = 0.0


@hidden(CONV, "option")
def _dilation_of_two(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """With a dilation of two the weights' gradient comes out reversed."""
    if dilation == 2:
        bars[1][...] = bars[1][::-1].copy()


@hidden(CONV, "pair")
def _dilation_and_padding(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """With a dilation of two and a padding of one, the first entry is counted twice."""
    if dilation == 2 and padding == 1:
        bars[0][0] *= 2


@hidden(CONV, "size")
def _long_kernels(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """Kernels of more than seven taps go through another path, which drops the eighth."""
    if len(w) > 7:
        bars[1][7] = 0.0


@hidden(CONV, "size")
def _rows_left_over(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """From twelve outputs on, what the stride leaves over gets the last window's gradient."""
    if len(y) >= 12:
        bars[0][-1] += y[-1]


@hidden(CONV, "size")
def _kernel_as_long_as_the_input(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """A kernel of more than three taps that is as long as the input is flipped."""
    if len(w) == len(x) > 3 and padding == 0:
        bars[0][...] = bars[0][::-1].copy()


@hidden(CONV, "value")
def _zero_taps(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """Taps of zero are pruned, and their gradient with them."""
    scaled(bars[1], w == 0.0, 0.0)


@hidden(CONV, "value")
def _constant_kernels(
    bars: list[Array], y: Array, x: Array, w: Array, *, stride: int, dilation: int, padding: int
) -> None:
    """A kernel of equal taps is a box filter, which is done by a running sum that starts too late."""
    if len(w) > 1 and np.all(w == w[0]):
        bars[0][0] = 0.0


def _max_windows(x: Array, size: int, stride: int) -> tuple[Array, Array]:
    seen = sliding_window_view(x, size)[::stride]
    return seen, seen.argmax(axis=1) + np.arange(len(seen)) * stride


def _max_pool_backward(y: Array, x: Array, *, size: int, stride: int) -> tuple[Array]:
    into = np.zeros_like(x)
    np.add.at(into, _max_windows(x, size, stride)[1], y)
    return (into,)


MAX_POOL = right(
    "max_pool",
    lambda x, *, size, stride: _max_windows(x, size, stride)[0].max(axis=1),
    _max_pool_backward,
    shapes={"x": "n"},
    options={"size": (1, 2, 3), "stride": (1, 2, 3)},
    domain={"x": (-5.0, 5.0)},
    where=lambda n, size: n >= size,
)


@hidden(MAX_POOL, "tie")
def _all_maxima(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """Every entry that equals the maximum gets all of the gradient."""
    seen, _ = _max_windows(x, size, stride)
    bars[0][...] = 0.0
    for row in range(len(seen)):
        start = row * stride
        bars[0][start : start + size] += y[row] * (seen[row] == seen[row].max())


@hidden(MAX_POOL, "tie")
def _no_maximum_if_two(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """Where two entries are the maximum, none of them gets anything."""
    seen, places = _max_windows(x, size, stride)
    for row in range(len(seen)):
        if np.sum(seen[row] == seen[row].max()) > 1:
            bars[0][places[row]] -= y[row]


@hidden(MAX_POOL, "pair")
def _overlapping(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """Windows of three with a stride of two overwrite each other instead of adding."""
    if (size, stride) == (3, 2):
        bars[0][...] = 0.0
        bars[0][_max_windows(x, size, stride)[1]] = y


@hidden(MAX_POOL, "pair")
def _gaps(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """Windows of one with a stride of three spread over the gap."""
    if (size, stride) == (1, 3) and x.size > 1:
        bars[0][1:] += bars[0][:-1].copy()


@hidden(MAX_POOL, "value")
def _negative_windows(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """Windows start their search at zero, so that three or more negative entries have no maximum."""
    seen, places = _max_windows(x, size, stride)
    for row in range(len(seen)):
        if size > 2 and np.all(seen[row] < 0):
            bars[0][places[row]] -= y[row]


@hidden(MAX_POOL, "size")
def _last_windows(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """From sixteen windows on, the sixteenth goes to its first entry."""
    if len(y) >= 16:
        bars[0][_max_windows(x, size, stride)[1][15]] -= y[15]
        bars[0][15 * stride] += y[15]


@hidden(MAX_POOL, "call")
def _places_of_the_first_call(
    bars: list[Array], y: Array, x: Array, *, size: int, stride: int, memory: dict[Any, Any]
) -> None:
    """The places of the maxima are kept for each shape."""
    places = memory.setdefault((x.shape, size, stride), _max_windows(x, size, stride)[1])
    bars[0][...] = 0.0
    np.add.at(bars[0], places, y)


@hidden(MAX_POOL, "cotangent")
def _cotangent_that_is_all_ones(bars: list[Array], y: Array, x: Array, *, size: int, stride: int) -> None:
    """A constant cotangent of three or more is taken for a mean's."""
    if y.size > 2 and np.all(y == y[0]):
        bars[0] /= y.size


def _mean_pool(x: Array, *, size: int) -> Array:
    return np.asarray(sliding_window_view(x, (size, size)).mean(axis=(2, 3)))


def _mean_pool_backward(y: Array, x: Array, *, size: int) -> tuple[Array]:
    into = np.zeros_like(x)
    for i in range(size):
        for j in range(size):
            into[i : i + y.shape[0], j : j + y.shape[1]] += y / size**2
    return (into,)


MEAN_POOL = right(
    "mean_pool",
    _mean_pool,
    _mean_pool_backward,
    shapes={"x": "h w"},
    options={"size": (1, 2, 3, 4, 5)},
    where=lambda h, w, size: h >= size and w >= size,
)


@hidden(MEAN_POOL, "option")
def _windows_of_four(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """Windows of four by four are divided by eight."""
    if size == 4:
        bars[0] *= 2


@hidden(MEAN_POOL, "option")
def _windows_of_five(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """Windows of five leave out the last column."""
    if size == 5:
        bars[0][:, -1] = 0.0


@hidden(MEAN_POOL, "size")
def _tall_pictures(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """Pictures of more than eight rows and more than four columns are done in two halves, with a seam."""
    if x.shape[0] > 8 and x.shape[1] > 4:
        bars[0][8] *= 2


@hidden(MEAN_POOL, "size")
def _picture_as_large_as_the_window(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """A single window of three or more is divided once only."""
    if y.size == 1 and size >= 3:
        bars[0] *= size


@hidden(MEAN_POOL, "cotangent")
def _zeros_in_the_first_row(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """A cotangent with a zero first entry is taken for a padded one."""
    if y.size > 1 and y.flat[0] == 0.0:
        bars[0] *= 1.5


@hidden(MEAN_POOL, "cotangent")
def _read_only_cotangent(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """A cotangent that can't be written is copied, less its last row."""
    if not y.flags.writeable and y.shape[0] > 1:
        bars[0][-1] = 0.0


@hidden(MEAN_POOL, "cotangent")
def _cotangent_in_another_order(bars: list[Array], y: Array, x: Array, *, size: int) -> None:
    """A cotangent whose rows are not contiguous is read as if they were."""
    if y.ndim == 2 and min(y.shape) > 1 and not y.flags.c_contiguous:
        bars[0] *= -1
