"""Max-pooling: of a vector, of a matrix, and of a batch of channels (M1–M3, P1).

A maximum copies one entry of its window, the winner, and ignores the rest:

    y = x[k*],  k* = argmax x   ⇒   ∂y/∂x[k] = [k = k*]                                         (M1)

Pooling is one such maximum for each output (r, s), over the entries [r·t + p, s·t + q] of x inside a border
of −∞ that no finite entry loses to. If (k, l)*(r,s) is the winner's place in the image,

    ∂c/∂x[k,l] = Σ_rs ȳ[r,s] [(k,l) = (k,l)*(r,s)]                                          (M2, M3)

"Placed in the maximum positions" (M3) says it for windows that do not overlap. When the stride is
smaller than the window, one entry can win several windows, and the placements that meet are *added*: Σ_rs,
not an assignment. Channels and samples do not mix, so P1 is the same with more indices in front.

Corners. Where a window's maximum is not unique there is a kink; the derivative here is that of the first
maximum in row-major order, one of the subgradients. Entries that no window reaches, because the stride
does not divide or exceeds the window, get zero. The padding is smaller than the window, so
that each window holds an entry of the image.
"""

from itertools import product

import numpy as np

from derivations.types import Array, Scalar, UnaryPullback
from derivations.windows import Pair, border, crop, pair, windows
from gradcheck import Layer


def maximum(x: Array) -> Scalar:
    """Return the largest entry of a vector x (n,), n ≥ 1; source M1."""
    largest: Scalar = x.max()
    return largest


def maximum_vjp(x: Array) -> tuple[Scalar, UnaryPullback]:
    """Return the maximum and its pullback, ȳ at the first maximum and 0 elsewhere; source M1."""

    def pullback(y_bar: Array) -> Array:
        x_bar = np.zeros_like(x)
        x_bar[x.argmax()] = y_bar
        return x_bar

    return maximum(x), pullback


def maximum_oracle(x: Array) -> tuple[Scalar, UnaryPullback]:
    """Return the same as `maximum_vjp` by a stable sort in descending order."""
    winner = np.argsort(-x, kind="stable")[0]

    def pullback(y_bar: Array) -> Array:
        return np.where(np.arange(x.size) == winner, y_bar, 0)

    return x[winner], pullback


def max_pool(x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0) -> Array:
    """Return the maximum of each window over the last two axes; source M2, P1.

    Parameters
    ----------
    x
        (..., rows, cols): a matrix, or channels (n, c, rows, cols), which are pooled each on its own.
    window
        The window's size, one number or (vertical, horizontal).
    stride
        From one window to the next; the window's own size if left out.
    padding
        Entries of −∞ on each side, fewer than the window has.

    Returns
    -------
    Array
        (..., r, s) with r = ⌊(rows + 2·padding − window)/stride⌋ + 1, and s alike.
    """
    result: Array = _entries(x, window, stride, padding).max(axis=-1)
    return result


def max_pool_vjp(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Array, UnaryPullback]:
    """Return `max_pool` and its pullback, each ȳ added at its window's first maximum; source M3, P1."""
    winner = _entries(x, window, stride, padding).argmax(axis=-1)  # the first one, if there are several
    p, q = np.divmod(winner, pair(window)[1])
    step = pair(window if stride is None else stride)
    *samples_and_channels, r, s = np.indices(winner.shape, sparse=True)
    bordered_shape = border(x, pair(padding)).shape
    place = (*samples_and_channels, r * step[0] + p, s * step[1] + q)

    def pullback(y_bar: Array) -> Array:
        bordered_bar = np.zeros(bordered_shape, y_bar.dtype)
        np.add.at(bordered_bar, place, y_bar)  # `bordered_bar[place] += y_bar` would keep one of a duplicate
        return crop(bordered_bar, pair(padding))

    return max_pool(x, window=window, stride=stride, padding=padding), pullback


def _entries(x: Array, window: Pair, stride: Pair | None, padding: Pair) -> Array:
    """Return each window's entries in row-major order, (..., r, s, window rows · window cols)."""
    height, width = pair(window)
    bordered = border(x, pair(padding), -np.inf)
    read = windows(bordered, (height, width), pair(window if stride is None else stride))
    return read.reshape(*read.shape[:-2], height * width)


def max_pool_oracle(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Array, UnaryPullback]:
    """Return the same as `max_pool_vjp`, window by window in plain Python, with no border at all."""
    (height, width), (above, left) = np.broadcast_to(window, 2), np.broadcast_to(padding, 2)
    down, right = np.broadcast_to(window if stride is None else stride, 2)
    rows, cols = x.shape[-2:]
    tops = range(-above, rows + above - height + 1, down)
    lefts = range(-left, cols + left - width + 1, right)
    winners = {}
    for plane in np.ndindex(x.shape[:-2]):
        for (r, top), (s, start) in product(enumerate(tops), enumerate(lefts)):
            inside_rows = range(max(top, 0), min(top + height, rows))
            inside_cols = range(max(start, 0), min(start + width, cols))
            cells = [(*plane, k, l) for k in inside_rows for l in inside_cols]  # noqa: E741
            winners[*plane, r, s] = max(cells, key=lambda cell: x[cell])  # Python's max is the first one

    y = np.empty((*x.shape[:-2], len(tops), len(lefts)), x.dtype)
    for output, cell in winners.items():
        y[output] = x[cell]

    def pullback(y_bar: Array) -> Array:
        x_bar = np.zeros_like(x)
        for output, cell in winners.items():
            x_bar[cell] += y_bar[output]
        return x_bar

    return y, pullback


def window_fits(rows: int, cols: int, window: Pair, padding: Pair) -> bool:
    """Return whether a window fits into the padded image and never holds padding alone."""
    per_axis = zip((rows, cols), pair(window), pair(padding), strict=True)
    return all(size >= 1 and added < taps <= size + 2 * added for size, taps, added in per_axis)


MAXIMUM = Layer(
    maximum,
    maximum_vjp,
    shapes={"x": "n"},
    where=lambda n: n >= 1,
    oracle=maximum_oracle,
    traits=("piecewise-linear",),
)

_SWEPT = {
    "window": (2, 1, 3, (2, 1), (1, 3)),
    "stride": (None, 1, 2, (1, 2), (3, 1)),
    "padding": (0, 1, 2, (0, 1), (1, 0)),
}

MAX_POOL = Layer(
    max_pool,
    max_pool_vjp,
    name="max_pool",
    shapes={"x": "rows cols"},
    where=window_fits,
    options=_SWEPT,
    oracle=max_pool_oracle,
    traits=("piecewise-linear",),
)

MAX_POOL_CHANNELS = Layer(
    max_pool,
    max_pool_vjp,
    name="max_pool_channels",
    shapes={"x": "n c rows cols"},
    where=window_fits,
    options=_SWEPT,
    oracle=max_pool_oracle,
    traits=("piecewise-linear",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (MAXIMUM, MAX_POOL, MAX_POOL_CHANNELS)
