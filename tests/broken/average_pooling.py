"""Wrong gradients of average pooling."""

from __future__ import annotations

import numpy as np

from derivations.average_pooling import AVERAGE_POOL, average_pool_vjp
from derivations.pooling import max_pool_vjp
from derivations.windows import border, crop, pair
from tests.broken.record import FD, ORACLE, with_backward


@with_backward(AVERAGE_POOL, FD, "padding")
def average_pool_by_the_full_window_at_the_border(y_bar, x, **options):
    return average_pool_vjp(x, **{**options, "border_counts": True})[1](y_bar)


@with_backward(AVERAGE_POOL, ORACLE, "padding")
def average_pool_border_never_counted(y_bar, x, **options):
    return average_pool_vjp(x, **{**options, "border_counts": False})[1](y_bar)


@with_backward(AVERAGE_POOL, FD, "factor")
def average_pool_not_divided(y_bar, x, *, window, **options):
    return average_pool_vjp(x, window=window, **options)[1](y_bar * np.prod(pair(window)))


@with_backward(AVERAGE_POOL, FD, "factor")
def average_pool_divided_by_the_stride(y_bar, x, *, window, stride, **options):
    step = pair(window if stride is None else stride)
    scaled = y_bar * (np.prod(pair(window)) / np.prod(step))
    return average_pool_vjp(x, window=window, stride=stride, **options)[1](scaled)


_BORDER_COUNTS = {**AVERAGE_POOL.options, "border_counts": (True,)}


@with_backward(AVERAGE_POOL, ORACLE, "overlap", options=_BORDER_COUNTS)
def average_pool_assigns_where_windows_overlap(y_bar, x, *, window, stride, padding, border_counts):
    (height, width), (down, right) = pair(window), pair(window if stride is None else stride)
    bordered_bar = border(np.zeros_like(x), pair(padding))
    for r, s in np.ndindex(y_bar.shape[2:]):
        cells = np.s_[:, :, r * down : r * down + height, s * right : s * right + width]
        bordered_bar[cells] = y_bar[:, :, r : r + 1, s : s + 1] / (height * width)
    return crop(bordered_bar, pair(padding)).copy()


@with_backward(AVERAGE_POOL, FD, "another function")
def average_pool_with_the_backward_of_the_maximum(y_bar, x, *, border_counts, **options):
    return max_pool_vjp(x, **options)[1](y_bar)
