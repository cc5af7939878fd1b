"""Wrong gradients of max-pooling."""

from __future__ import annotations

import numpy as np

from derivations import MAX_POOL, MAXIMUM
from derivations.windows import border, crop, pair, windows
from tests.broken.record import EXACT, FD, KINK, with_backward


def _winners(x, window, stride, padding):
    """Return the places of the winners in the bordered image, and its shape."""
    (height, width), step = pair(window), pair(window if stride is None else stride)
    bordered = border(x, pair(padding), -np.inf)
    read = windows(bordered, (height, width), step)
    p, q = np.divmod(read.reshape(*read.shape[:-2], height * width).argmax(axis=-1), width)
    r, s = np.indices(p.shape, sparse=True)
    return (r * step[0] + p, s * step[1] + q), bordered.shape


@with_backward(MAX_POOL, EXACT, "maximum")
def max_pool_assigns_where_windows_overlap(y_bar, x, *, window, stride, padding):
    place, bordered_shape = _winners(x, window, stride, padding)
    bordered_bar = np.zeros(bordered_shape, y_bar.dtype)
    bordered_bar[place] = y_bar
    return crop(bordered_bar, pair(padding))


@with_backward(MAX_POOL, EXACT, "maximum")
def max_pool_winners_by_magnitude(y_bar, x, *, window, stride, padding):
    place, bordered_shape = _winners(np.abs(x), window, stride, padding)
    bordered_bar = np.zeros(bordered_shape, y_bar.dtype)
    np.add.at(bordered_bar, place, y_bar)
    return crop(bordered_bar, pair(padding))


@with_backward(MAX_POOL, KINK, "maximum")
def max_pool_to_every_tied_maximum(y_bar, x, *, window, stride, padding):
    height, width = pair(window)
    down, right = pair(window if stride is None else stride)
    bordered = border(x, pair(padding), -np.inf)
    bordered_bar = np.zeros(bordered.shape, y_bar.dtype)
    for r, s in np.ndindex(y_bar.shape):
        cells = np.s_[r * down : r * down + height, s * right : s * right + width]
        bordered_bar[cells] += y_bar[r, s] * (bordered[cells] == bordered[cells].max())
    return crop(bordered_bar, pair(padding))


_LAST_WINNER: dict[int, int] = {}


@with_backward(MAXIMUM, FD, "maximum")
def maximum_of_a_stale_argmax(y_bar, x):
    x_bar = np.zeros_like(x)
    x_bar[_LAST_WINNER.setdefault(x.size, x.argmax())] = y_bar  # of the first x of this size
    return x_bar


@with_backward(MAXIMUM, KINK, "maximum")
def maximum_to_every_tied_maximum(y_bar, x):
    return y_bar * (x == x.max())
