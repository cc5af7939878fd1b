"""`max_pool` fast enough to train with: the layer of `derivations.pooling`, one tap of the window at a time.

The equations are that module's (M2, M3, P1). Tap (p, q) of all windows together is a strided view of the
image, x[p + r·t, q + s·t], so the maximum over p·q taps is p·q − 1 maxima of whole arrays, and no window is
ever gathered. A tap wins where it equals the maximum and no earlier tap did:

    won_k = [x_k = y] · Π_{l<k} (1 − won_l),      x̄_k += won_k ȳ

with the taps in row-major order, so that of several equal maxima the first one wins, as in the reference.
Where windows overlap, the views x̄_k do too, and what meets is added. The product won_k ȳ is meant for finite
cotangents: an infinite one makes NaN of the entries of its window that did not win.
"""

from collections.abc import Iterator

import numpy as np

from derivations import pooling
from derivations.pooling import MAX_POOL_CHANNELS
from derivations.types import Array, UnaryPullback
from derivations.windows import Pair, border, crop, pair
from gradcheck import Layer


def max_pool(x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0) -> Array:
    """Return the maximum of each window over the last two axes, as `derivations.pooling.max_pool`; source M2.

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

    Raises
    ------
    ValueError
        If the window does not fit, or holds nothing but padding at the edge.
    """
    return _maximum(_bordered(x, window, padding), pair(window), _step(window, stride))


def max_pool_vjp(
    x: Array, *, window: Pair = 2, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Array, UnaryPullback]:
    """Return `max_pool` and its pullback, each ȳ added at its window's first maximum; source M3, P1."""
    bordered, taps, step = _bordered(x, window, padding), pair(window), _step(window, stride)
    y = _maximum(bordered, taps, step)
    winners = tuple(_winners(bordered, y, taps, step))

    def pullback(y_bar: Array) -> Array:
        bordered_bar = np.zeros(bordered.shape, y_bar.dtype)
        for tap_bar, won in zip(_taps(bordered_bar, taps, step), winners, strict=True):
            tap_bar += won * y_bar
        return crop(bordered_bar, pair(padding))

    return y, pullback


def _maximum(bordered: Array, window: tuple[int, int], step: tuple[int, int]) -> Array:
    first, *others = _taps(bordered, window, step)
    y = first.copy()
    for tap in others:
        np.maximum(y, tap, out=y)
    return y


def _winners(bordered: Array, y: Array, window: tuple[int, int], step: tuple[int, int]) -> Iterator[Array]:
    """Return, for each tap, where it is its window's first maximum."""
    open_windows = np.ones(y.shape, bool)
    nowhere = not np.isnan(y).any()
    for tap in _taps(bordered, window, step):
        won = (tap == y) if nowhere else (tap == y) | np.isnan(tap)
        won &= open_windows
        open_windows ^= won
        yield won


def _taps(bordered: Array, window: tuple[int, int], step: tuple[int, int]) -> Iterator[Array]:
    """Return, for each tap in row-major order, a view (..., r, s) of what it reads."""
    rows, cols = (
        (size - taps) // stride + 1
        for size, taps, stride in zip(bordered.shape[-2:], window, step, strict=True)
    )
    for p, q in np.ndindex(window):
        yield bordered[..., p :: step[0], q :: step[1]][..., :rows, :cols]


def _step(window: Pair, stride: Pair | None) -> tuple[int, int]:
    return pair(window if stride is None else stride)


def _bordered(x: Array, window: Pair, padding: Pair) -> Array:
    """Return x with its border of −∞.

    Raises
    ------
    ValueError
        If the window does not fit, or holds nothing but padding at the edge.
    """
    widths = pair(padding)
    for size, taps, added in zip(x.shape[-2:], pair(window), widths, strict=True):
        if not added < taps <= size + 2 * added:
            message = (
                f"window {window} must be larger than the padding, {padding}, and no larger than the padded "
                f"image; the image is {x.shape[-2]} × {x.shape[-1]}."
            )
            raise ValueError(message)
    return border(x, widths, -np.inf) if any(widths) else x


FAST_MAX_POOL = Layer(
    max_pool,
    max_pool_vjp,
    name="fast_max_pool",
    shapes=MAX_POOL_CHANNELS.shapes,
    where=MAX_POOL_CHANNELS.where,
    options=MAX_POOL_CHANNELS.options,
    oracle=pooling.max_pool_vjp,
    traits=("piecewise-linear",),
)

LAYERS = (FAST_MAX_POOL,)
