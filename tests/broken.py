"""Wrong gradients, each as someone would have written it, with the check that is meant to catch it.

A `Broken` is a right layer with a wrong backward (or, for a few checks, a wrong forward), named after its
bug. The right layers come from `derivations`; those that it does not have stand first, in `RIGHT_EXTRAS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy import special

from derivations import (
    AFFINE,
    CONV2D,
    CROSS_CORRELATION,
    CROSS_ENTROPY,
    FLATTEN,
    LINEAR,
    MAX_POOL,
    MAXIMUM,
    MEAN_SQUARED_ERROR,
    RELU,
    SIGMOID,
    TANH,
    TRUE_CONVOLUTION,
    conv2d_vjp,
    cross_correlate,
    flip,
    pad,
)
from derivations.convolution import true_convolve, true_convolve_vjp
from derivations.losses import log_softmax
from derivations.windows import border, crop, pair, windows
from gradcheck import Layer

# ---------------------------------------------------------------------------------------------------------
# Right layers that the article does not have.

VARIANCE_FLOOR = 1e-5


def square(x):
    return x * x


def square_backward(y_bar, x):
    return 2 * x * y_bar


SQUARE = Layer.from_backward(
    square, square_backward, name="square", shapes={"x": "..."}, traits=("analytic",)
)


def signed_square(x):
    return x * np.abs(x)


def signed_square_backward(y_bar, x):
    return 2 * np.abs(x) * y_bar


SIGNED_SQUARE = Layer.from_backward(
    signed_square, signed_square_backward, name="signed_square", shapes={"x": "..."}
)


def product(a, b):
    return a * b


def product_backward(y_bar, a, b):
    return y_bar * b, y_bar * a


PRODUCT = Layer.from_backward(
    product, product_backward, name="product", shapes={"a": "n k", "b": "n k"}, traits=("multilinear",)
)


def square_matmul(a, b):
    return a @ b


def square_matmul_backward(y_bar, a, b):
    return y_bar @ b.T, a.T @ y_bar


SQUARE_MATMUL = Layer.from_backward(
    square_matmul,
    square_matmul_backward,
    name="square_matmul",
    shapes={"a": "n n", "b": "n n"},
    traits=("multilinear",),
)


def add_column(x, c):
    return x + c


def add_column_backward(y_bar, x, c):
    return y_bar.copy(), y_bar.sum(axis=1, keepdims=True)


ADD_COLUMN = Layer.from_backward(
    add_column,
    add_column_backward,
    name="add_column",
    shapes={"x": "n k", "c": "n 1"},
    traits=("multilinear",),
)


def group_scale(x, w):
    return x * w


def group_scale_backward(y_bar, x, w):
    return y_bar * w, (y_bar * x).sum(axis=(0, 1))


GROUP_SCALE = Layer.from_backward(
    group_scale,
    group_scale_backward,
    name="group_scale",
    shapes={"x": "n g i", "w": "i"},
    traits=("multilinear",),
)


def pair_sum(x):
    """Add neighbours two by two; an odd one at the end is left out."""
    even = len(x) // 2 * 2
    return x[:even:2] + x[1:even:2]


def pair_sum_backward(y_bar, x):
    x_bar = np.zeros_like(x)
    x_bar[: 2 * len(y_bar)] = np.repeat(y_bar, 2, axis=0)
    return x_bar


PAIR_SUM = Layer.from_backward(
    pair_sum, pair_sum_backward, name="pair_sum", shapes={"x": "n k"}, traits=("multilinear",)
)


def fftshift(x):
    return np.fft.fftshift(x)


def fftshift_backward(y_bar, x):
    return np.fft.ifftshift(y_bar)


FFTSHIFT = Layer.from_backward(
    fftshift, fftshift_backward, name="fftshift", shapes={"x": "n"}, traits=("multilinear",)
)


PICKED = [0, 2, 0, 1, 2]


def gather(x):
    return x[PICKED]


def gather_backward(y_bar, x):
    x_bar = np.zeros_like(x)
    np.add.at(x_bar, PICKED, y_bar)
    return x_bar


GATHER = Layer.from_backward(
    gather, gather_backward, name="gather", shapes={"x": "3 k"}, traits=("multilinear",)
)


def embedding(table, tokens):
    return table[tokens]


def _table_and_tokens(words, tokens, seed):
    table = np.random.default_rng(seed).standard_normal((words, 2))
    return (table, np.array(tokens) % words), {}


# Indices can't be said by `shapes`, which draws real numbers only.
_TABLES_AND_TOKENS = st.builds(
    _table_and_tokens, st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1), st.integers(0, 2**32 - 1)
)


def embedding_backward(y_bar, table, tokens):
    table_bar = np.zeros_like(table)
    np.add.at(table_bar, tokens, y_bar)
    return table_bar, None


EMBEDDING = Layer.from_backward(
    embedding, embedding_backward, name="embedding", cases=_TABLES_AND_TOKENS, traits=("multilinear",)
)


def leaky_relu(x):
    return np.where(x > 0, x, x / 8)


def leaky_relu_backward(y_bar, x):
    return np.where(x > 0, y_bar, y_bar / 8)


LEAKY_RELU = Layer.from_backward(
    leaky_relu, leaky_relu_backward, name="leaky_relu", shapes={"x": "..."}, traits=("piecewise-linear",)
)


def larger(a, b):
    return np.maximum(a, b)


def larger_backward(y_bar, a, b):
    return np.where(a >= b, y_bar, 0), np.where(a >= b, 0, y_bar)


LARGER = Layer.from_backward(
    larger, larger_backward, name="larger", shapes={"a": "n", "b": "n"}, traits=("piecewise-linear",)
)


def softmax(x):
    return np.exp(log_softmax(x))


def softmax_backward(y_bar, x):
    p = softmax(x)
    return p * (y_bar - (p * y_bar).sum(axis=1, keepdims=True))


SOFTMAX = Layer.from_backward(
    softmax,
    softmax_backward,
    name="softmax",
    shapes={"x": "n k"},
    where=lambda n, k: n >= 1 and k >= 1,
    traits=("analytic",),
)


def gelu(x):
    return x * special.ndtr(x)


def _normal_density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi).astype(x.dtype)


def gelu_backward(y_bar, x):
    return y_bar * (special.ndtr(x) + x * _normal_density(x))


GELU = Layer.from_backward(gelu, gelu_backward, name="gelu", shapes={"x": "..."}, traits=("analytic",))


def _standardised(x, axis):
    """Return (x − mean)/σ along an axis, and σ."""
    centred = x - x.mean(axis=axis, keepdims=True)
    sigma = np.sqrt((centred * centred).mean(axis=axis, keepdims=True) + VARIANCE_FLOOR)
    return centred / sigma, sigma


def _standardised_bar(z_bar, z, sigma, axis):
    """Return x̄ of `_standardised`: both statistics depend on every entry of x."""
    along_mean = z_bar.mean(axis=axis, keepdims=True)
    along_sigma = z * (z_bar * z).mean(axis=axis, keepdims=True)
    return (z_bar - along_mean - along_sigma) / sigma


def batch_norm(x, gamma, beta):
    return _standardised(x, 0)[0] * gamma + beta


_NORMED = {"x": "n k", "gamma": "k", "beta": "k"}


def _is_filled(n, k):
    return n >= 1 and k >= 1


def batch_norm_backward(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    return _standardised_bar(y_bar * gamma, z, sigma, 0), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


BATCH_NORM = Layer.from_backward(
    batch_norm, batch_norm_backward, name="batch_norm", shapes=_NORMED, where=_is_filled, traits=("analytic",)
)


def layer_norm(x, gamma, beta):
    return _standardised(x, 1)[0] * gamma + beta


def layer_norm_backward(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    return _standardised_bar(y_bar * gamma, z, sigma, 1), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


LAYER_NORM = Layer.from_backward(
    layer_norm, layer_norm_backward, name="layer_norm", shapes=_NORMED, where=_is_filled, traits=("analytic",)
)


def batch_norm_eval(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + VARIANCE_FLOOR) * gamma + beta


def batch_norm_eval_backward(y_bar, x, gamma, beta, mean, variance):
    sigma = np.sqrt(variance + VARIANCE_FLOOR)
    gamma_bar = (y_bar * (x - mean) / sigma).sum(axis=0)
    return y_bar * gamma / sigma, gamma_bar, y_bar.sum(axis=0), None, None


BATCH_NORM_EVAL = Layer.from_backward(
    batch_norm_eval,
    batch_norm_eval_backward,
    name="batch_norm_eval",
    shapes={**_NORMED, "mean": "k", "variance": "k"},
    where=_is_filled,
    domain={"variance": (0.1, 4.0)},
    constants=("mean", "variance"),
    traits=("analytic",),
)


def dropout(x, kept, *, training):
    return x * kept * 2 if training else x.copy()


def dropout_backward(y_bar, x, kept, *, training):
    return (y_bar * kept * 2 if training else y_bar.copy()), None


DROPOUT = Layer.from_backward(
    dropout,
    dropout_backward,
    name="dropout",
    shapes={"x": "n k", "kept": "n k"},
    options={"training": (False, True)},
    domain={"kept": (0.0, 1.0)},
    constants=("kept",),
)


RIGHT_EXTRAS: tuple[Layer, ...] = (
    SQUARE,
    SIGNED_SQUARE,
    PRODUCT,
    SQUARE_MATMUL,
    ADD_COLUMN,
    GROUP_SCALE,
    PAIR_SUM,
    FFTSHIFT,
    GATHER,
    EMBEDDING,
    LEAKY_RELU,
    LARGER,
    SOFTMAX,
    GELU,
    BATCH_NORM,
    LAYER_NORM,
    BATCH_NORM_EVAL,
    DROPOUT,
)

# ---------------------------------------------------------------------------------------------------------
# Wrong layers. FD and the like are the checks' names.

FD, EXACT, ORACLE, LINEARITY, CONTRACT = "finite-difference", "exact", "oracle", "linearity", "contract"
PURITY, DETERMINISM, LAYOUT, EMPTY, KINK = "purity", "determinism", "layout", "empty", "kink"


@dataclass(frozen=True)
class Broken:
    """A layer with a wrong gradient, the check that is meant to catch it, and the bug's family."""

    layer: Layer
    caught_by: str
    family: str


def _vjp(layer: Layer, caught_by: str, family: str, **fields: Any) -> Callable[[Callable[..., Any]], Broken]:
    """Make the decorated ``vjp(*primals) -> (y, pullback)`` that of `layer`, named after it."""
    return lambda vjp: Broken(replace(layer, vjp=vjp, name=vjp.__name__, **fields), caught_by, family)


def _backward(
    layer: Layer, caught_by: str, family: str, **fields: Any
) -> Callable[[Callable[..., Any]], Broken]:
    """Make the decorated ``backward(y_bar, *primals) -> (x_bar, ...)`` that of `layer`, named after it."""

    def decorate(backward: Callable[..., Any]) -> Broken:
        # The primal value stays that of the forward map, whichever one `fields` replaces it by.
        forward = fields.get("forward", layer.forward)
        vjp = Layer.from_backward(forward, backward).vjp
        return Broken(replace(layer, vjp=vjp, name=backward.__name__, **fields), caught_by, family)

    return decorate


# Missing sums ......................................................................................


@_backward(LINEAR, FD, "missing sum")
def linear_bias_of_the_first_sample(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar[0].copy()


@_backward(LINEAR, FD, "missing sum")
def linear_weight_of_the_last_sample(y_bar, x, w, b):
    return y_bar @ w.T, np.outer(x[-1], y_bar[-1]), y_bar.sum(axis=0)


@_backward(CONV2D, EXACT, "missing sum")
def conv2d_missing_sum_over_the_batch(y_bar, x, w, b, **options):
    x_bar, _, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    _, w_bar, _ = conv2d_vjp(x[:1], w, b, **options)[1](y_bar[:1])
    return x_bar, w_bar, b_bar


@_backward(CONV2D, FD, "missing sum")
def conv2d_missing_sum_over_output_channels(y_bar, x, w, b, *, groups, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, groups=groups, **options)[1](y_bar)
    first = slice(None, None, len(w) // groups)  # of each group, as the article's N3 has it
    x_bar, _, _ = conv2d_vjp(x, w[first], b[first], groups=groups, **options)[1](y_bar[:, first])
    return x_bar, w_bar, b_bar


@_backward(GROUP_SCALE, FD, "missing sum")
def group_scale_missing_sum_over_groups(y_bar, x, w):
    return y_bar * w, (y_bar * x)[:, 0].sum(axis=0)


@_backward(ADD_COLUMN, EXACT, "missing sum")
def add_column_missing_sum_over_the_broadcast_axis(y_bar, x, c):
    return y_bar.copy(), y_bar[:, :1].copy()


# Extra sums and means ..............................................................................


@_backward(LINEAR, FD, "extra sum or mean")
def linear_bias_as_a_mean(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0)


@_backward(LINEAR, EXACT, "extra sum or mean")
def linear_input_summed_over_the_batch(y_bar, x, w, b):
    x_bar = np.broadcast_to(y_bar.sum(axis=0) @ w.T, x.shape).copy()
    return x_bar, x.T @ y_bar, y_bar.sum(axis=0)


@_backward(CONV2D, EXACT, "extra sum or mean")
def conv2d_bias_as_a_mean_over_positions(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, y_bar.mean(axis=(2, 3)).sum(axis=0)


# Flips .............................................................................................


@_backward(CROSS_CORRELATION, FD, "missing flip")
def cross_correlate_missing_flip(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape), X), cross_correlate(W, Y_bar)


@_backward(CROSS_CORRELATION, EXACT, "missing flip")
def cross_correlate_flip_on_one_axis(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape), X[::-1]), cross_correlate(W, Y_bar)


@_backward(TRUE_CONVOLUTION, ORACLE, "missing flip")
def true_convolve_kernel_not_flipped_back(Y_bar, X, W):
    return cross_correlate(pad(Y_bar, W.shape), W), cross_correlate(X, Y_bar)


@_backward(TRUE_CONVOLUTION, FD, "missing flip")
def true_convolve_one_flip_too_many(Y_bar, X, W):
    return cross_correlate(pad(Y_bar, W.shape), flip(W)), flip(cross_correlate(X, Y_bar)).copy()


@_backward(CONV2D, FD, "missing flip")
def conv2d_missing_flip(y_bar, x, w, b, **options):
    x_bar, _, _ = conv2d_vjp(x, flip(w), b, **options)[1](y_bar)
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, b_bar


# Padding ...........................................................................................


@_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_by_one_too_few(Y_bar, W, X):
    p, q = X.shape
    return cross_correlate(pad(Y_bar, (p - 1, q - 1)), flip(X)), cross_correlate(W, Y_bar)


@_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_by_the_operands_size(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, W.shape), flip(X)), cross_correlate(W, Y_bar)


@_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_with_axes_swapped(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape[::-1]), flip(X)), cross_correlate(W, Y_bar)


@_backward(CROSS_CORRELATION, FD, "padding")
def cross_correlate_pads_one_side_only(Y_bar, W, X):
    p, q = X.shape
    padded = np.pad(Y_bar, ((2 * (p - 1), 0), (2 * (q - 1), 0)))
    return cross_correlate(padded, flip(X)), cross_correlate(W, Y_bar)


def _conv2d_bars_with_border(y_bar, x, w, b, padding, options):
    bordered = border(x, pair(padding))
    return conv2d_vjp(bordered, w, b, **options)[1](y_bar)


@_backward(CONV2D, EXACT, "padding")
def conv2d_border_cropped_on_one_side_only(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    rows, cols = x.shape[2:]
    return bordered_bar[:, :, :rows, :cols], w_bar, b_bar


@_backward(CONV2D, ORACLE, "padding")
def conv2d_border_cropped_by_one_too_few(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    (above, left), (rows, cols) = pair(padding), x.shape[2:]
    above, left = max(above - 1, 0), max(left - 1, 0)
    return bordered_bar[:, :, above : above + rows, left : left + cols], w_bar, b_bar


@_backward(CONV2D, CONTRACT, "padding")
def conv2d_border_cropped_with_axes_swapped(y_bar, x, w, b, *, padding, **options):
    bordered_bar, w_bar, b_bar = _conv2d_bars_with_border(y_bar, x, w, b, padding, options)
    return crop(bordered_bar, pair(padding)[::-1]), w_bar, b_bar


# Transposes ........................................................................................

_SQUARE_AFFINE = {"W": "i i", "a": "i", "b": "i"}


@_backward(AFFINE, FD, "transposed", shapes=_SQUARE_AFFINE)
def affine_w_for_its_transpose(z_bar, W, a, b):
    return np.outer(z_bar, a), W @ z_bar, z_bar.copy()


@_backward(AFFINE, EXACT, "transposed", shapes=_SQUARE_AFFINE)
def affine_outer_product_transposed(z_bar, W, a, b):
    return np.outer(a, z_bar), W.T @ z_bar, z_bar.copy()


@_backward(AFFINE, CONTRACT, "transposed")
def affine_outer_product_transposed_where_it_does_not_fit(z_bar, W, a, b):
    return np.outer(a, z_bar), W.T @ z_bar, z_bar.copy()


# Factors ...........................................................................................


@_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_sign(c_bar, a, y):
    a_bar = (2 / a.size) * (y - a) * c_bar
    return a_bar, -a_bar


@_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_without_the_2(c_bar, a, y):
    a_bar = (1 / a.size) * (a - y) * c_bar
    return a_bar, -a_bar


@_backward(MEAN_SQUARED_ERROR, ORACLE, "factor")
def mean_squared_error_with_the_2_twice(c_bar, a, y):
    a_bar = (4 / a.size) * (a - y) * c_bar
    return a_bar, -a_bar


@_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_not_divided_by_n(c_bar, a, y):
    a_bar = 2 * (a - y) * c_bar
    return a_bar, -a_bar


@_backward(CROSS_ENTROPY, ORACLE, "factor")
def cross_entropy_divided_by_every_entry(c_bar, z, t):
    total = t.sum(axis=1, keepdims=True)
    return (softmax(z) * total - t) * (c_bar / z.size), None


# Where the derivative is taken .....................................................................


@_backward(TANH, FD, "derivative at the output")
def tanh_derivative_at_the_output(y_bar, x):
    y = np.tanh(x)
    return y_bar * (1 - np.tanh(y) ** 2)


@_backward(SIGMOID, FD, "derivative at the output")
def sigmoid_derivative_at_the_output(y_bar, x):
    y = special.expit(x)
    return y_bar * special.expit(y) * special.expit(-y)


@_backward(SQUARE, FD, "derivative at the output")
def square_derivative_at_the_output(y_bar, x):
    return 2 * square(x) * y_bar


# Maxima ............................................................................................


def _winners(x, window, stride, padding):
    """Return the places of the winners in the bordered image, and its shape."""
    (height, width), step = pair(window), pair(window if stride is None else stride)
    bordered = border(x, pair(padding), -np.inf)
    read = windows(bordered, (height, width), step)
    p, q = np.divmod(read.reshape(*read.shape[:-2], height * width).argmax(axis=-1), width)
    r, s = np.indices(p.shape, sparse=True)
    return (r * step[0] + p, s * step[1] + q), bordered.shape


@_backward(MAX_POOL, EXACT, "maximum")
def max_pool_assigns_where_windows_overlap(y_bar, x, *, window, stride, padding):
    place, bordered_shape = _winners(x, window, stride, padding)
    bordered_bar = np.zeros(bordered_shape, y_bar.dtype)
    bordered_bar[place] = y_bar
    return crop(bordered_bar, pair(padding))


@_backward(MAX_POOL, EXACT, "maximum")
def max_pool_winners_by_magnitude(y_bar, x, *, window, stride, padding):
    place, bordered_shape = _winners(np.abs(x), window, stride, padding)
    bordered_bar = np.zeros(bordered_shape, y_bar.dtype)
    np.add.at(bordered_bar, place, y_bar)
    return crop(bordered_bar, pair(padding))


@_backward(MAX_POOL, KINK, "maximum")
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


@_backward(MAXIMUM, FD, "maximum")
def maximum_of_a_stale_argmax(y_bar, x):
    x_bar = np.zeros_like(x)
    x_bar[_LAST_WINNER.setdefault(x.size, x.argmax())] = y_bar  # of the first x of this size
    return x_bar


@_backward(MAXIMUM, KINK, "maximum")
def maximum_to_every_tied_maximum(y_bar, x):
    return y_bar * (x == x.max())


@_backward(LARGER, KINK, "maximum")
def larger_to_both_where_they_tie(y_bar, a, b):
    return y_bar * (a >= b), y_bar * (b >= a)


@_backward(LEAKY_RELU, KINK, "maximum")
def leaky_relu_both_slopes_at_zero(y_bar, x):
    return y_bar * (x >= 0) + y_bar / 8 * (x <= 0)


# Stride, dilation, groups ..........................................................................


def _spread_into(y_bar, dense):
    """Return ȳ in the top left corner of a larger array."""
    spread = np.zeros(dense.shape, y_bar.dtype)
    spread[:, :, : y_bar.shape[2], : y_bar.shape[3]] = y_bar
    return spread


@_backward(CONV2D, FD, "stride")
def conv2d_stride_not_dilated(y_bar, x, w, b, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    dense, pullback = conv2d_vjp(x, w, b, **{**options, "stride": 1})
    return pullback(_spread_into(y_bar, dense))[0], w_bar, b_bar


@_backward(CONV2D, ORACLE, "dilation")
def conv2d_dilation_ignored(y_bar, x, w, b, **options):
    _, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    compact, pullback = conv2d_vjp(x, w, b, **{**options, "dilation": 1})
    return pullback(_spread_into(y_bar, compact))[0], w_bar, b_bar


@_backward(CONV2D, EXACT, "groups")
def conv2d_groups_mixed(y_bar, x, w, b, *, groups, **options):
    n, channels, rows, cols = y_bar.shape
    by_group = y_bar.reshape(n, channels // groups, groups, rows, cols).swapaxes(1, 2)
    _, _, b_bar = conv2d_vjp(x, w, b, groups=groups, **options)[1](y_bar)
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, groups=groups, **options)[1](by_group.reshape(y_bar.shape))
    return x_bar, w_bar, b_bar


@_backward(PAIR_SUM, CONTRACT, "remainder")
def pair_sum_remainder_dropped(y_bar, x):
    return np.repeat(y_bar, 2, axis=0)


@_backward(PAIR_SUM, FD, "remainder", where=lambda n: n >= 2)
def pair_sum_remainder_given_to_the_last_pair(y_bar, x):
    x_bar = np.repeat(y_bar, 2, axis=0)
    return np.pad(x_bar, ((0, len(x) - len(x_bar)), (0, 0)), mode="edge")


# Bias over the wrong axis ..........................................................................


@_backward(LINEAR, FD, "bias axis", shapes={"x": "n i", "w": "i n", "b": "n"})
def linear_bias_over_the_wrong_axis(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.sum(axis=1)


@_backward(CONV2D, CONTRACT, "bias axis")
def conv2d_bias_over_the_wrong_axis(y_bar, x, w, b, **options):
    x_bar, w_bar, _ = conv2d_vjp(x, w, b, **options)[1](y_bar)
    return x_bar, w_bar, y_bar.sum(axis=(1, 2, 3))


# Statistics treated as constants, diagonal Jacobians ...............................................


@_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_statistics_as_constants(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    return y_bar * gamma / sigma, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@_backward(BATCH_NORM, FD, "statistics as constants")
def batch_norm_variance_as_constant(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 0)
    z_bar = y_bar * gamma
    return (z_bar - z_bar.mean(axis=0)) / sigma, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_mean_as_constant(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    z_bar = y_bar * gamma
    x_bar = (z_bar - z * (z_bar * z).mean(axis=1, keepdims=True)) / sigma
    return x_bar, (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@_backward(LAYER_NORM, FD, "statistics as constants")
def layer_norm_over_the_batch(y_bar, x, gamma, beta):
    z, sigma = _standardised(x, 1)
    return _standardised_bar(y_bar * gamma, z, sigma, 0), (y_bar * z).sum(axis=0), y_bar.sum(axis=0)


@_backward(SOFTMAX, FD, "diagonal Jacobian")
def softmax_diagonal_only(y_bar, x):
    p = softmax(x)
    return y_bar * p * (1 - p)


@_backward(CROSS_ENTROPY, FD, "diagonal Jacobian")
def cross_entropy_for_one_hot_targets_only(c_bar, z, t):
    return (softmax(z) - t) * (c_bar / len(z)), None


# One entry off .....................................................................................


def _one_entry_off(layer: Layer, caught_by: str, relative: float, **fields: Any) -> Broken:
    """Return `layer` with the last entry of its last cotangent off by a relative error."""

    def vjp(*primals, **options):
        y, pullback = layer.vjp(*primals, **options)

        def last_entry_off(y_bar):
            bars = pullback(y_bar)
            *others, last = bars if isinstance(bars, tuple) else (bars,)
            last = np.array(last)
            last.flat[-1:] *= 1 + relative
            return *others, last

        return y, last_entry_off

    name = f"{layer.name}_one_entry_off_by_{relative:.0e}".replace("-", "_")
    return Broken(replace(layer, vjp=vjp, name=name, **fields), caught_by, "one entry off")


LINEAR_OFF_BY_1E_1 = _one_entry_off(LINEAR, FD, 1e-1)
CONV2D_OFF_BY_1E_2 = _one_entry_off(CONV2D, FD, 1e-2)
TANH_OFF_BY_1E_3 = _one_entry_off(TANH, FD, 1e-3)
SOFTMAX_OFF_BY_1E_4 = _one_entry_off(SOFTMAX, FD, 1e-4)
CROSS_CORRELATION_OFF_BY_1E_5 = _one_entry_off(CROSS_CORRELATION, FD, 1e-5)
LINEAR_OFF_BY_1E_6 = _one_entry_off(LINEAR, FD, 1e-6)
BATCH_NORM_OFF_BY_1E_6 = _one_entry_off(BATCH_NORM, FD, 1e-6)
# Far below what a finite difference resolves: integers alone, or an oracle, can tell.
AFFINE_OFF_BY_1E_12 = _one_entry_off(AFFINE, EXACT, 1e-12, oracle=None)
RELU_OFF_BY_1E_12 = _one_entry_off(RELU, EXACT, 1e-12, oracle=None)
SIGMOID_OFF_BY_1E_12 = _one_entry_off(SIGMOID, ORACLE, 1e-12)


@_backward(PRODUCT, EXACT, "one entry off")
def product_by_a_guarded_division(y_bar, a, b):
    y = a * b
    return y_bar * y / (a + 1e-12), y_bar * y / (b + 1e-12)


# Right for some sizes only .........................................................................


@_backward(MEAN_SQUARED_ERROR, ORACLE, "right for some sizes only")
def mean_squared_error_when_square_only(c_bar, a, y):
    a_bar = 2 / len(a) ** 2 * (a - y) * c_bar
    return a_bar, -a_bar


@_backward(CROSS_ENTROPY, FD, "right for some sizes only")
def cross_entropy_for_batch_1_only(c_bar, z, t):
    total = t.sum(axis=1, keepdims=True)
    return (softmax(z) * total - t) * c_bar, None


@_backward(CONV2D, EXACT, "right for some sizes only")
def conv2d_for_channel_1_only(y_bar, x, w, b, **options):
    x_bar, _, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    _, w_bar, _ = conv2d_vjp(np.broadcast_to(x[:, :1], x.shape), w, b, **options)[1](y_bar)
    return x_bar, w_bar, b_bar


@_backward(FFTSHIFT, FD, "right for some sizes only")
def fftshift_for_even_sizes_only(y_bar, x):
    return np.fft.fftshift(y_bar)


# Duplicates lost, arguments swapped ................................................................


@_backward(GATHER, FD, "duplicates lost")
def gather_duplicates_lost(y_bar, x):
    x_bar = np.zeros_like(x)
    x_bar[PICKED] += y_bar
    return x_bar


@_backward(EMBEDDING, FD, "duplicates lost")
def embedding_duplicates_lost(y_bar, table, tokens):
    table_bar = np.zeros_like(table)
    table_bar[tokens] += y_bar
    return table_bar, None


@_backward(PRODUCT, FD, "arguments swapped")
def product_cotangents_swapped(y_bar, a, b):
    return y_bar * a, y_bar * b


@_backward(SQUARE_MATMUL, EXACT, "arguments swapped")
def square_matmul_cotangents_swapped(y_bar, a, b):
    return a.T @ y_bar, y_bar @ b.T


# Nonlinear in the cotangent ........................................................................


@_backward(TANH, LINEARITY, "nonlinear in the cotangent")
def tanh_clips_its_cotangent(y_bar, x):
    return TANH.vjp(x)[1](np.clip(y_bar, -5, 5))


@_backward(TANH, LINEARITY, "nonlinear in the cotangent")
def tanh_flushes_small_cotangents(y_bar, x):
    return TANH.vjp(x)[1](np.where(np.abs(y_bar) < 1e-7, 0, y_bar))


@_backward(SIGMOID, LINEARITY, "nonlinear in the cotangent")
def sigmoid_forgets_the_cotangents_sign(y_bar, x):
    return SIGMOID.vjp(x)[1](np.abs(y_bar))


@_backward(LINEAR, LINEARITY, "nonlinear in the cotangent")
def linear_normalises_its_gradient(y_bar, x, w, b):
    w_bar = x.T @ y_bar
    return y_bar @ w.T, w_bar / np.sqrt((w_bar**2).sum()), y_bar.sum(axis=0)


@_backward(LINEAR, LINEARITY, "nonlinear in the cotangent")
def linear_decays_its_weights(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar + 1e-4 * w, y_bar.sum(axis=0)


@_backward(SQUARE, LINEARITY, "nonlinear in the cotangent")
def square_divides_by_its_cotangent(y_bar, x):
    return 2 * x * y_bar**2 / y_bar  # right, but for 0/0 at a zero cotangent


# Side effects ......................................................................................


@_vjp(RELU, PURITY, "side effect")
def relu_masks_its_cotangent_in_place(x):
    def pullback(y_bar):
        y_bar[x <= 0] = 0
        return y_bar.copy()

    return np.maximum(x, 0), pullback


@_vjp(CROSS_ENTROPY, PURITY, "side effect")
def cross_entropy_shifts_its_scores_in_place(z, t):
    z -= z.max(axis=1, keepdims=True)
    return CROSS_ENTROPY.vjp(z, t)


@_vjp(FLATTEN, PURITY, "side effect")
def flatten_returns_a_view_of_its_cotangent(x):
    return FLATTEN.forward(x), lambda y_bar: y_bar.reshape(x.shape)


@_backward(FLATTEN, PURITY, "side effect", forward=lambda x: x.reshape(len(x), x[:1].size))
def flatten_returns_a_view_of_its_input(y_bar, x):
    return y_bar.reshape(x.shape).copy()


@_vjp(SQUARE, PURITY, "side effect")
def square_reuses_one_buffer(x):
    buffer = np.empty_like(x)
    return square(x), lambda y_bar: np.multiply(2 * x, y_bar, out=buffer)


@_vjp(LINEAR, PURITY, "side effect")
def linear_accumulates_over_calls(x, w, b):
    w_total = np.zeros_like(w)

    def pullback(y_bar):
        w_total[...] += x.T @ y_bar
        return y_bar @ w.T, w_total.copy(), y_bar.sum(axis=0)

    return x @ w + b, pullback


# Precision, dtype, form ............................................................................


@_backward(LINEAR, FD, "float32 on the way")
def linear_by_float32_on_the_way(y_bar, x, w, b):
    x_bar = (y_bar.astype(np.float32) @ w.T.astype(np.float32)).astype(x.dtype)
    return x_bar, x.T @ y_bar, y_bar.sum(axis=0)


@_backward(CONV2D, FD, "float32 on the way")
def conv2d_into_a_float32_buffer(y_bar, x, w, b, **options):
    x_bar, w_bar, b_bar = conv2d_vjp(x, w, b, **options)[1](y_bar)
    buffer = np.zeros(w.shape, np.float32)
    buffer += w_bar
    return x_bar, buffer.astype(w.dtype), b_bar


@_backward(SIGMOID, CONTRACT, "dtype")
def sigmoid_returns_float32(y_bar, x):
    return (y_bar * special.expit(x) * special.expit(-x)).astype(np.float32)


@_backward(TANH, CONTRACT, "dtype", dtype="float32")
def tanh_returns_float64(y_bar, x):
    return y_bar * (1 - np.tanh(x.astype(np.float64)) ** 2)


@_backward(ADD_COLUMN, CONTRACT, "form")
def add_column_without_the_columns_axis(y_bar, x, c):
    return y_bar.copy(), y_bar.sum(axis=1)


@_backward(LINEAR, CONTRACT, "form")
def linear_without_a_bias_cotangent(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar


@_backward(EMBEDDING, CONTRACT, "form")
def embedding_gradient_of_tokens(y_bar, table, tokens):
    return EMBEDDING.vjp(table, tokens)[1](y_bar)[0], np.zeros(tokens.shape)


@_vjp(MEAN_SQUARED_ERROR, CONTRACT, "form")
def mean_squared_error_primal_not_averaged(a, y):
    _, pullback = MEAN_SQUARED_ERROR.vjp(a, y)
    return ((a - y) ** 2).sum(), pullback


# Not finite ........................................................................................


@_backward(SIGNED_SQUARE, CONTRACT, "not finite")
def signed_square_is_nan_at_zero(y_bar, x):
    return 2 * x**2 / np.abs(x) * y_bar


@_backward(SIGNED_SQUARE, FD, "wrong at zero")
def signed_square_guards_zero_by_one(y_bar, x):
    return np.where(x == 0, 1, 2 * x**2 / np.abs(x)) * y_bar


@_backward(SIGMOID, CONTRACT, "not finite")
def sigmoid_overflows(y_bar, x):
    return y_bar * np.exp(-x) / (1 + np.exp(-x)) ** 2


# Not deterministic .................................................................................

# Fresh entropy on purpose: these layers must not give the same answer twice.
_ENTROPY = np.random.default_rng()


@_backward(DROPOUT, DETERMINISM, "non-deterministic", forward=lambda x, kept, *, training: x * _coins(x))
def dropout_draws_its_own_mask(y_bar, x, kept, *, training):
    return y_bar * _coins(x), None


def _coins(x):
    return 2 * _ENTROPY.integers(0, 2, x.shape).astype(x.dtype)


@_backward(LINEAR, DETERMINISM, "non-deterministic")
def linear_sums_in_any_order(y_bar, x, w, b):
    order = _ENTROPY.permutation(len(x))
    b_bar = np.zeros_like(b)
    for row in y_bar[order] / 3:  # thirds, so that sums round
        b_bar += row
    return y_bar @ w.T, x.T @ y_bar, 3 * b_bar


@_backward(TANH, DETERMINISM, "non-deterministic")
def tanh_adds_noise(y_bar, x):
    return TANH.vjp(x)[1](y_bar) * (1 + 1e-6 * _ENTROPY.standard_normal(x.shape)).astype(x.dtype)


# Zero, detached, constant ..........................................................................


@_backward(TANH, FD, "zero, detached, constant")
def tanh_zero(y_bar, x):
    return np.zeros_like(x)


@_backward(LINEAR, EXACT, "zero, detached, constant")
def linear_bias_detached(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, np.zeros_like(b)


@_backward(SIGMOID, FD, "zero, detached, constant")
def sigmoid_constant_slope(y_bar, x):
    return y_bar / 4


# Another function's backward .......................................................................


def _gelu_by_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + 0.044715 * x**3)))


@_backward(GELU, FD, "another function", forward=_gelu_by_tanh)
def gelu_by_tanh_with_the_exact_backward(y_bar, x):
    return GELU.vjp(x)[1](y_bar)


def _convolved(W, X):
    """True convolution with the operands called what cross-correlation calls them."""
    return true_convolve(W, X)


@_backward(CROSS_CORRELATION, FD, "another function", forward=_convolved, oracle=None)
def true_convolve_with_the_backward_of_cross_correlation(Y_bar, W, X):
    return CROSS_CORRELATION.vjp(W, X)[1](Y_bar)


@_vjp(CROSS_CORRELATION, ORACLE, "another function", forward=_convolved)
def cross_correlate_is_a_true_convolution(W, X):
    return true_convolve_vjp(W, X)


@_backward(MEAN_SQUARED_ERROR, ORACLE, "another function", forward=lambda a, y: ((a - y) ** 2).sum())
def mean_squared_error_is_a_sum(c_bar, a, y):
    return 2 * (a - y) * c_bar, 2 * (y - a) * c_bar


@_backward(BATCH_NORM_EVAL, FD, "training in evaluation")
def batch_norm_eval_by_the_training_formula(y_bar, x, gamma, beta, mean, variance):
    return *BATCH_NORM.vjp(x, gamma, beta)[1](y_bar), None, None


@_backward(DROPOUT, FD, "training in evaluation")
def dropout_drops_in_evaluation(y_bar, x, kept, *, training):
    return y_bar * kept * 2, None


# Memory layout .....................................................................................


@_backward(FLATTEN, LAYOUT, "memory layout")
def flatten_in_memory_order(y_bar, x):
    return y_bar.reshape(x.shape, order="A").copy()


@_backward(SQUARE, LAYOUT, "memory layout")
def square_reads_a_buffer(y_bar, x):
    flat = np.frombuffer(np.atleast_1d(x), x.dtype)  # takes C order for granted, and raises elsewhere
    return (2 * flat * y_bar.ravel()).reshape(x.shape)


@_backward(PRODUCT, LAYOUT, "memory layout")
def product_pairs_entries_as_they_lie(y_bar, a, b):
    a_bar = y_bar.ravel(order="K") * b.ravel()
    return a_bar.reshape(a.shape), y_bar * a


# Size zero .........................................................................................


@_backward(LINEAR, EMPTY, "size zero")
def linear_bias_starts_from_the_first_row(y_bar, x, w, b):
    b_bar = y_bar[0].copy()
    for row in y_bar[1:]:
        b_bar += row
    return y_bar @ w.T, x.T @ y_bar, b_bar


@_backward(FLATTEN, EMPTY, "size zero")
def flatten_infers_a_size(y_bar, x):
    n, c, rows, _ = x.shape
    return y_bar.reshape(n, c, rows, -1).copy()


@_backward(LINEAR, EMPTY, "size zero")
def linear_bias_from_a_mean(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0) * len(y_bar)


@_backward(GROUP_SCALE, EMPTY, "size zero")
def group_scale_one_from_nothing(y_bar, x, w):
    w_bar = (y_bar * x).sum(axis=(0, 1))
    return y_bar * w, w_bar if y_bar.size else np.ones_like(w)


BROKEN: tuple[Broken, ...] = tuple(value for value in globals().values() if isinstance(value, Broken))
"""Every wrong layer above, in the order in which they stand there."""
