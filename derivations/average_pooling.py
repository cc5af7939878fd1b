"""Average pooling: the mean of each window over the last two axes.

With X = x inside a border of zeros and a window of P × Q entries, output (r, s) is a sum divided by a number
that does not depend on x:

    y[r,s] = (1/m[r,s]) Σ_pq X[r·t + p, s·t + q]

m[r,s] is how many of the window's entries are real, that is, lie in the image; or, if the border counts as
pixels, P·Q everywhere. The sum is the convolution of `multichannel` with a kernel of ones, W:

    y = (W ⋆ X)/m   ⇒   X̄[k,l] = Σ_rs ȳ[r,s]/m[r,s] [(k,l) in window (r,s)]  =  the VJP of W ⋆ X at ȳ/m

so every entry of a window gets an equal share, shares of windows that overlap are added, and what falls on
the border is dropped. m itself is W ⋆ of an image of ones, whose border is zero.

Corners. At the edge m is smaller than P·Q, and the shares are larger there; dividing by the full window is
right only if the border counts. The padding is smaller than the window, so that m ≥ 1. Entries that no
window reaches get zero.
"""

import numpy as np

from derivations.multichannel import conv2d, conv2d_vjp
from derivations.pooling import window_fits
from derivations.types import Array, UnaryPullback
from derivations.windows import Pair, pair
from gradcheck import Layer


def average_pool(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0, border_counts: bool = False
) -> Array:
    """Return the mean of each window over the last two axes.

    Parameters
    ----------
    x
        (..., rows, cols): a matrix, or channels (n, c, rows, cols), which are pooled each on its own.
    window
        The window's size, one number or (vertical, horizontal).
    stride
        From one window to the next; the window's own size if left out.
    padding
        Zeros on each side, fewer than the window has entries.
    border_counts
        Whether these zeros are entries of the mean, or only make room.

    Returns
    -------
    Array
        (..., r, s) with r = ⌊(rows + 2·padding − window)/stride⌋ + 1, and s alike.
    """
    return average_pool_vjp(x, window=window, stride=stride, padding=padding, border_counts=border_counts)[0]


def average_pool_vjp(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0, border_counts: bool = False
) -> tuple[Array, UnaryPullback]:
    """Return `average_pool` and its pullback, which gives each entry of a window the share ȳ/m."""
    rows, cols = x.shape[-2:]
    planes = x.reshape(int(np.prod(x.shape[:-2])), 1, rows, cols)
    ones, no_bias = np.ones((1, 1, *pair(window)), x.dtype), np.zeros(1, x.dtype)
    step = window if stride is None else stride
    sums, pull_sums = conv2d_vjp(planes, ones, no_bias, stride=step, padding=padding)
    real = conv2d(np.ones((1, 1, rows, cols), x.dtype), ones, no_bias, stride=step, padding=padding)
    count = np.full_like(real, ones.size) if border_counts else real

    def pullback(y_bar: Array) -> Array:
        planes_bar, _, _ = pull_sums(y_bar.reshape(sums.shape) / count)
        return planes_bar.reshape(x.shape)

    return (sums / count).reshape(*x.shape[:-2], *sums.shape[-2:]), pullback


def average_pool_oracle(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0, border_counts: bool = False
) -> tuple[Array, UnaryPullback]:
    """Return the same as `average_pool_vjp` by one averaging matrix for each axis: y = R x Cᵀ."""
    per_axis = (np.broadcast_to(a, 2) for a in (window, window if stride is None else stride, padding))
    sides = zip(x.shape[-2:], *per_axis, strict=True)
    R, C = (_averaging_matrix(*side, border_counts=border_counts).astype(x.dtype) for side in sides)

    def pullback(y_bar: Array) -> Array:
        x_bar: Array = np.matmul(np.matmul(R.T, y_bar), C)
        return x_bar

    return np.matmul(np.matmul(R, x), C.T), pullback


def _averaging_matrix(size: int, window: int, stride: int, padding: int, *, border_counts: bool) -> Array:
    """Return the matrix whose row r averages the entries of `size` that lie in window r."""
    starts = range(-padding, size + padding - window + 1, stride)
    inside = np.array([[start <= k < start + window for k in range(size)] for start in starts], dtype=float)
    counts: Array = inside / (window if border_counts else inside.sum(axis=1, keepdims=True))
    return counts


AVERAGE_POOL = Layer(
    average_pool,
    average_pool_vjp,
    shapes={"x": "n c rows cols"},
    where=window_fits,
    options={
        "window": (2, 1, 3, (2, 1), (1, 3)),
        "stride": (None, 1, 2, (1, 2), (3, 1)),
        "padding": (0, 1, 2, (0, 1), (1, 0)),
        "border_counts": (False, True),
    },
    oracle=average_pool_oracle,
    traits=("analytic",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (AVERAGE_POOL,)
