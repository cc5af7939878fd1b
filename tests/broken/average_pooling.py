"""Wrong gradients of average pooling."""

from __future__ import annotations

import numpy as np

from derivations.average_pooling import AVERAGE_POOL, average_pool_vjp
from derivations.pooling import max_pool_vjp
from derivations.windows import pair
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


@with_backward(AVERAGE_POOL, ORACLE, "maximum")
def average_pool_assigns_where_windows_overlap(y_bar, x, **options):
    _, pullback = average_pool_vjp(x, **options)
    x_bar = np.zeros_like(x)
    for place in np.ndindex(y_bar.shape):
        alone = np.zeros_like(y_bar)
        alone[place] = y_bar[place]
        share = pullback(alone)
        x_bar = np.where(share != 0, share, x_bar)
    return x_bar


@with_backward(AVERAGE_POOL, FD, "another function")
def average_pool_with_the_backward_of_the_maximum(y_bar, x, *, border_counts, **options):
    return max_pool_vjp(x, **options)[1](y_bar)
