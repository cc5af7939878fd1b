"""Transposed convolution: the adjoint of a convolution, used as a layer.

Let C be `conv2d` without bias, as a map from an image v (n, o, rows, cols) to its output (n, i, r, s), with
a kernel w (i, o, p, q), stride t and padding. Backward, it sends output cotangents to images. That very map,
used forward, is the transposed convolution: each input entry spreads a kernel over the image,

    y = Cᵀ x + b,       y[n, o, r·t + p − padding, …] = b[o] + Σ_i Σ_(r,p) x[n,i,r,…] w[i,o,p,…]

the sum over all r and p that meet at the same place. ⟨ȳ, Cᵀ x⟩ = ⟨C ȳ, x⟩, and everything follows:

    x̄ = C ȳ                                        the convolution of ȳ, with the kernel as it is
    w̄ = the kernel cotangent of C at the image ȳ, where x plays the output's cotangent
    b̄ = Σ ȳ over samples and positions

the second because ⟨C ȳ, x⟩ is linear in w as well, and `conv2d`'s pullback differentiates it there.
No kernel is flipped here by hand: the flip is inside Cᵀ.

An output of r rows comes from t different image heights, (r−1)·t + p − 2·padding + 0 … t−1, since C drops a
remainder. `output_padding` says which: rows that C would have left over, and which get the bias alone (or
what the border's share had been). It is smaller than the stride.
"""

from itertools import product

import numpy as np

from derivations.multichannel import conv2d_adjoint, conv2d_vjp
from derivations.types import Array, Pullback
from derivations.windows import Pair, pair
from gradcheck import Layer


def conv_transpose2d(
    x: Array, w: Array, b: Array, *, stride: Pair = 1, padding: Pair = 0, output_padding: Pair = 0
) -> Array:
    """Return Cᵀ x + b, the adjoint of a convolution from images of y's shape to x's.

    Parameters
    ----------
    x
        (n, i, r, s), with r and s at least 1.
    w
        Kernels, (i, o, p, q).
    b
        Bias, (o,).
    stride, padding
        Of the convolution whose adjoint this is; one number, or (vertical, horizontal).
    output_padding
        Rows and columns that are added at the end, fewer than the stride.

    Returns
    -------
    Array
        (n, o, rows, cols) with rows = (r − 1)·stride + p − 2·padding + output_padding, and cols alike.
    """
    rows, cols = map(_side, x.shape[2:], w.shape[2:], pair(stride), pair(padding), pair(output_padding))
    return conv2d_adjoint(x, w, (rows, cols), stride=stride, padding=padding) + b[:, None, None]


def conv_transpose2d_vjp(
    x: Array, w: Array, b: Array, *, stride: Pair = 1, padding: Pair = 0, output_padding: Pair = 0
) -> tuple[Array, Pullback]:
    """Return `conv_transpose2d` and its pullback, ȳ -> C ȳ, the kernel cotangent of C at ȳ, Σ ȳ."""
    y = conv_transpose2d(x, w, b, stride=stride, padding=padding, output_padding=output_padding)
    no_bias = np.zeros(len(w), x.dtype)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar, pull_convolution = conv2d_vjp(y_bar, w, no_bias, stride=stride, padding=padding)
        _, w_bar, _ = pull_convolution(x)
        return x_bar, w_bar, y_bar.sum(axis=(0, 2, 3))

    return y, pullback


def _side(count: int, taps: int, stride: int, padding: int, output_padding: int) -> int:
    return (count - 1) * stride + taps - 2 * padding + output_padding


def conv_transpose2d_oracle(
    x: Array, w: Array, b: Array, *, stride: Pair = 1, padding: Pair = 0, output_padding: Pair = 0
) -> tuple[Array, Pullback]:
    """Return the same as `conv_transpose2d_vjp`: every entry of x spreads its kernels, in plain loops."""
    (t, u), (above, left), (down, right) = (np.broadcast_to(a, 2) for a in (stride, padding, output_padding))
    (n, _, r, s), (_, o, p, q) = x.shape, w.shape
    whole = np.zeros((n, o, (r - 1) * t + p + down, (s - 1) * u + q + right), x.dtype)
    inner = np.s_[:, :, above : whole.shape[2] - above, left : whole.shape[3] - left]
    cells = [
        (row, col, np.s_[:, :, row * t : row * t + p, col * u : col * u + q])
        for row, col in product(range(r), range(s))
    ]
    for row, col, cell in cells:
        whole[cell] += np.tensordot(x[:, :, row, col], w, axes=1)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        whole_bar, x_bar, w_bar = np.zeros_like(whole), np.zeros_like(x), np.zeros_like(w)
        whole_bar[inner] = y_bar
        for row, col, cell in cells:
            x_bar[:, :, row, col] = np.tensordot(whole_bar[cell], w, axes=([1, 2, 3], [1, 2, 3]))
            w_bar += np.tensordot(x[:, :, row, col], whole_bar[cell], axes=(0, 0))
        return x_bar, w_bar, np.einsum("njrs->j", y_bar)

    return whole[inner] + b[None, :, None, None], pullback


def _makes_an_image(
    r: int, s: int, p: int, q: int, stride: Pair, padding: Pair, output_padding: Pair
) -> bool:
    sides = zip((r, s), (p, q), pair(stride), pair(padding), pair(output_padding), strict=True)
    return min(r, s, p, q) >= 1 and all(
        extra < step and _side(count, taps, step, added, extra) >= 1
        for count, taps, step, added, extra in sides
    )


CONV_TRANSPOSE2D = Layer(
    conv_transpose2d,
    conv_transpose2d_vjp,
    shapes={"x": "n i r s", "w": "i o p q", "b": "o"},
    where=_makes_an_image,
    options={
        "stride": (1, 2, 3, (1, 2), (3, 1)),
        "padding": (0, 1, (0, 1), (2, 1)),
        "output_padding": (0, 1, (0, 1), (2, 0)),
    },
    oracle=conv_transpose2d_oracle,
    traits=("multilinear",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (CONV_TRANSPOSE2D,)
