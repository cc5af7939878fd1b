"""`conv2d` fast enough to train with: the layer of `derivations.multichannel`, computed otherwise.

The equations are that module's (N1, N2, N3), and its code is the reference that this one is checked against.
What changes is the order of the sums: `derivations.fast.line` lays images out so that a tap is a shift,
`derivations.fast.products` turns the shifts into matrix products, `derivations.fast.spectra` takes large
kernels by transforms, and `derivations.fast.plan` decides which. float32 stays float32 throughout.

Beside inputs, results, and a copy of each on the line, a call takes no more memory than its workspace.
"""

from typing import Any

import numpy as np

from derivations import multichannel
from derivations.fast.direct import Direct
from derivations.fast.line import Axis, Grid
from derivations.fast.plan import Product, Way, cheapest
from derivations.fast.spectra import Spectra
from derivations.multichannel import CONV2D
from derivations.types import Array, Pullback
from derivations.windows import Pair, pair
from gradcheck import Layer

WORKSPACE = 16 * 2**20
"""Bytes for columns, products and spectra."""


def conv2d(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    way: Way | None = None,
    workspace: int = WORKSPACE,
) -> Array:
    """Return y[n,j] = b[j] + Σ_i x[n,i] ⋆ w[j,i], as `derivations.multichannel.conv2d`; source N1.

    Parameters
    ----------
    x
        Images, (n, groups·i, rows, cols).
    w
        Kernels, (groups·o, i, p, q); dilated they fit inside the padded image.
    b
        Bias, (groups·o,).
    stride, padding, dilation
        One number, or (vertical, horizontal).
    groups
        How many equal parts the channels fall into; inputs meet the outputs of their own part only.
    way
        How the sums are taken; the cheapest if left out.
    workspace
        How many bytes may be used beside inputs and results. One block of the work is done, however small.

    Returns
    -------
    Array
        (n, groups·o, r, s) with r = ⌊(rows + 2·padding − (p−1)·dilation − 1)/stride⌋ + 1, and s alike.

    Raises
    ------
    ValueError
        If the shapes do not go together; the sentence says which do not.
    """
    grid = _grid(x, w, b, stride, padding, dilation, groups)
    return _biased(_operation(Product.FORWARD, grid, w, groups, way, workspace).forward(x, w), b)


def conv2d_vjp(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    way: Way | None = None,
    workspace: int = WORKSPACE,
) -> tuple[Array, Pullback]:
    """Return `conv2d` and its pullback, ȳ -> x̄, w̄, b̄; source N3 (with the missing Σ_j), N2."""
    grid = _grid(x, w, b, stride, padding, dilation, groups)
    forward, inputs, kernels = (_operation(product, grid, w, groups, way, workspace) for product in Product)
    y = _biased(forward.forward(x, w), b)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        if y_bar.shape != y.shape:
            message = f"y_bar has the shape {y_bar.shape}, and y has {y.shape}; they must be equal."
            raise ValueError(message)
        return (
            inputs.inputs_bar(y_bar, w, x.shape),
            kernels.kernels_bar(x, y_bar, w),
            y_bar.sum(axis=(0, 2, 3)),
        )

    return y, pullback


def _biased(y: Array, b: Array) -> Array:
    """Return a copy of y, in the order of its axes, with the bias added."""
    return np.add(y, b[:, None, None], out=np.empty(y.shape, y.dtype))


def _operation(
    product: Product, grid: Grid, w: Array, groups: int, way: Way | None, workspace: int
) -> Direct | Spectra:
    channels = w.shape[1], len(w) // groups
    chosen = way or cheapest(product, grid, groups, channels, workspace, w.itemsize)
    return chosen.on(grid, groups, workspace)


def _grid(x: Array, w: Array, b: Array, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Grid:
    """Return the grid of a convolution.

    Raises
    ------
    ValueError
        If the shapes do not go together.
    """
    if x.shape[1] != groups * w.shape[1] or len(w) % groups or b.shape != w.shape[:1]:
        message = (
            f"x {x.shape}, w {w.shape} and b {b.shape} do not go together in {groups} groups: x must be "
            "(n, groups·i, rows, cols), w (groups·o, i, p, q), and b (groups·o,)."
        )
        raise ValueError(message)
    options = pair(stride), pair(padding), pair(dilation)
    rows, cols = (Axis(*axis) for axis in zip(x.shape[2:], w.shape[2:], *options, strict=True))
    if min(rows.taps, cols.taps) < 1 or min(rows.outputs, cols.outputs) < 1:
        message = (
            f"w {w.shape} spans {rows.span} × {cols.span} entries and must fit inside the padded image, "
            f"which is {rows.size} × {cols.size} and a padding of {options[1]}."
        )
        raise ValueError(message)
    return Grid(len(x), rows, cols)


def conv2d_reference(
    x: Array,
    w: Array,
    b: Array,
    *,
    way: Way | None,  # noqa: ARG001 -- the reference has one way, and takes what memory it needs
    workspace: int,  # noqa: ARG001
    **options: Any,
) -> tuple[Array, Pullback]:
    """Return what `derivations.multichannel.conv2d_vjp` returns, which knows neither ways nor workspaces."""
    return multichannel.conv2d_vjp(x, w, b, **options)


def _image_is_read(rows: int, cols: int, p: int, q: int, stride: Pair, padding: Pair, dilation: Pair) -> bool:
    """Return whether some output exists and reads the image, not only its border.

    If it does not, the right cotangents are zero, and what rounding makes of them has no size to be
    compared with.
    """
    if min(p, q) < 1:
        return False
    axes = zip((rows, cols), (p, q), pair(stride), pair(padding), pair(dilation), strict=True)
    return all(
        any(
            0 <= r * axis.stride + tap * axis.dilation - axis.padding < axis.size
            for r in range(axis.outputs)
            for tap in range(axis.taps)
        )
        for axis in (Axis(*sizes) for sizes in axes)
    )


_TIGHT = 512
"""A workspace that cuts even the smallest examples into blocks."""
_SUMS = tuple(way for way in Way if way is not Way.SPECTRA)

FAST_CONV2D = Layer(
    conv2d,
    conv2d_vjp,
    name="fast_conv2d",
    shapes=CONV2D.shapes,
    where=CONV2D.where,
    options={**CONV2D.options, "way": (None, *_SUMS), "workspace": (WORKSPACE, _TIGHT)},
    oracle=conv2d_reference,
    traits=("multilinear",),
)
"""Every way that sums directly, which integers check bit for bit."""

FFT_CONV2D = Layer(
    conv2d,
    conv2d_vjp,
    name="fft_conv2d",
    shapes=CONV2D.shapes,
    where=_image_is_read,
    options={**CONV2D.options, "way": (Way.SPECTRA,), "workspace": (WORKSPACE, _TIGHT)},
    oracle=conv2d_reference,
)
"""The way by transforms, which rounds."""

LAYERS = (FAST_CONV2D, FFT_CONV2D)
