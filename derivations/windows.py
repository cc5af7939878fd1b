"""Sliding windows over the last two axes: what convolution and pooling have in common.

Output (r, s) of either reads the entries ``[r·stride + p·dilation, s·stride + q·dilation]`` of its
bordered input, for every tap (p, q) of a window. `windows` is that sentence as a strided view, so that
a layer is one contraction (or one maximum) over the taps.
"""

from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from derivations.types import Array

Pair: TypeAlias = int | tuple[int, int]
"""One number for both axes, or (vertical, horizontal)."""


def pair(value: Pair) -> tuple[int, int]:
    """Return `value` as (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else value


def span(taps: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """Return the height and width that a window of `taps` covers: (taps − 1)·dilation + 1."""
    return (taps[0] - 1) * dilation[0] + 1, (taps[1] - 1) * dilation[1] + 1


def border(a: Array, widths: tuple[int, int], value: float = 0.0) -> Array:
    """Return a copy of `a` with `widths` (vertical, horizontal) entries of `value` on each side."""
    rows, cols = a.shape[-2:]
    # np.pad does the same in five times the time, and claims call this some ten thousand times.
    framed = np.full((*a.shape[:-2], rows + 2 * widths[0], cols + 2 * widths[1]), value, dtype=a.dtype)
    framed[..., widths[0] : widths[0] + rows, widths[1] : widths[1] + cols] = a
    return framed


def crop(a: Array, widths: tuple[int, int]) -> Array:
    """Return `a` without a border of `widths`: the inverse of `border`, and its VJP."""
    rows, cols = a.shape[-2:]
    return a[..., widths[0] : rows - widths[0], widths[1] : cols - widths[1]]


def windows(
    a: Array, taps: tuple[int, int], stride: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1)
) -> Array:
    """Return the read-only view v[…, r, s, p, q] = a[…, r·stride + p·dilation, s·stride + q·dilation].

    Parameters
    ----------
    a
        Shape (..., rows, cols), at least as large as the window's `span`.
    taps
        How many entries a window has, (vertical, horizontal).
    stride
        From one window to the next.
    dilation
        From one tap to the next inside a window.
    """
    view = sliding_window_view(a, span(taps, dilation), axis=(-2, -1))
    return view[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
