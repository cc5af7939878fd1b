"""Wrong gradients of linear maps."""

from __future__ import annotations

import numpy as np

from derivations import AFFINE, LINEAR
from gradcheck import Layer
from tests.broken.record import (
    CONTRACT,
    DETERMINISM,
    EMPTY,
    ENTROPY,
    EXACT,
    FD,
    LINEARITY,
    PURITY,
    one_entry_off,
    with_backward,
    with_vjp,
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


@with_backward(LINEAR, FD, "missing sum")
def linear_bias_of_the_first_sample(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar[0].copy()


@with_backward(LINEAR, FD, "missing sum")
def linear_weight_of_the_last_sample(y_bar, x, w, b):
    return y_bar @ w.T, np.outer(x[-1], y_bar[-1]), y_bar.sum(axis=0)


@with_backward(GROUP_SCALE, FD, "missing sum")
def group_scale_missing_sum_over_groups(y_bar, x, w):
    return y_bar * w, (y_bar * x)[:, 0].sum(axis=0)


@with_backward(ADD_COLUMN, EXACT, "missing sum")
def add_column_missing_sum_over_the_broadcast_axis(y_bar, x, c):
    return y_bar.copy(), y_bar[:, :1].copy()


@with_backward(LINEAR, FD, "extra sum or mean")
def linear_bias_as_a_mean(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0)


@with_backward(LINEAR, EXACT, "extra sum or mean")
def linear_input_summed_over_the_batch(y_bar, x, w, b):
    x_bar = np.broadcast_to(y_bar.sum(axis=0) @ w.T, x.shape).copy()
    return x_bar, x.T @ y_bar, y_bar.sum(axis=0)


_SQUARE_AFFINE = {"W": "i i", "a": "i", "b": "i"}


@with_backward(AFFINE, FD, "transposed", shapes=_SQUARE_AFFINE)
def affine_w_for_its_transpose(z_bar, W, a, b):
    return np.outer(z_bar, a), W @ z_bar, z_bar.copy()


@with_backward(AFFINE, EXACT, "transposed", shapes=_SQUARE_AFFINE)
def affine_outer_product_transposed(z_bar, W, a, b):
    return np.outer(a, z_bar), W.T @ z_bar, z_bar.copy()


@with_backward(AFFINE, CONTRACT, "transposed")
def affine_outer_product_transposed_where_it_does_not_fit(z_bar, W, a, b):
    return np.outer(a, z_bar), W.T @ z_bar, z_bar.copy()


@with_backward(LINEAR, FD, "bias axis", shapes={"x": "n i", "w": "i n", "b": "n"})
def linear_bias_over_the_wrong_axis(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.sum(axis=1)


LINEAR_OFF_BY_1E_1 = one_entry_off(LINEAR, FD, 1e-1)


LINEAR_OFF_BY_1E_6 = one_entry_off(LINEAR, FD, 1e-6)


# Far below what a finite difference resolves: integers alone, or an oracle, can tell.
AFFINE_OFF_BY_1E_12 = one_entry_off(AFFINE, EXACT, 1e-12, oracle=None)


@with_backward(SQUARE_MATMUL, EXACT, "arguments swapped")
def square_matmul_cotangents_swapped(y_bar, a, b):
    return a.T @ y_bar, y_bar @ b.T


@with_backward(LINEAR, LINEARITY, "nonlinear in the cotangent")
def linear_normalises_its_gradient(y_bar, x, w, b):
    w_bar = x.T @ y_bar
    return y_bar @ w.T, w_bar / np.sqrt((w_bar**2).sum()), y_bar.sum(axis=0)


@with_backward(LINEAR, LINEARITY, "nonlinear in the cotangent")
def linear_decays_its_weights(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar + 1e-4 * w, y_bar.sum(axis=0)


@with_vjp(LINEAR, PURITY, "side effect")
def linear_accumulates_over_calls(x, w, b):
    w_total = np.zeros_like(w)

    def pullback(y_bar):
        w_total[...] += x.T @ y_bar
        return y_bar @ w.T, w_total.copy(), y_bar.sum(axis=0)

    return x @ w + b, pullback


@with_backward(LINEAR, FD, "float32 on the way")
def linear_by_float32_on_the_way(y_bar, x, w, b):
    x_bar = (y_bar.astype(np.float32) @ w.T.astype(np.float32)).astype(x.dtype)
    return x_bar, x.T @ y_bar, y_bar.sum(axis=0)


@with_backward(ADD_COLUMN, CONTRACT, "form")
def add_column_without_the_columns_axis(y_bar, x, c):
    return y_bar.copy(), y_bar.sum(axis=1)


@with_backward(LINEAR, CONTRACT, "form")
def linear_without_a_bias_cotangent(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar


@with_backward(LINEAR, DETERMINISM, "non-deterministic")
def linear_sums_in_any_order(y_bar, x, w, b):
    order = ENTROPY.permutation(len(x))
    b_bar = np.zeros_like(b)
    for row in y_bar[order] / 3:  # thirds, so that sums round
        b_bar += row
    return y_bar @ w.T, x.T @ y_bar, 3 * b_bar


@with_backward(LINEAR, EXACT, "zero, detached, constant")
def linear_bias_detached(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, np.zeros_like(b)


@with_backward(LINEAR, EMPTY, "size zero")
def linear_bias_starts_from_the_first_row(y_bar, x, w, b):
    b_bar = y_bar[0].copy()
    for row in y_bar[1:]:
        b_bar += row
    return y_bar @ w.T, x.T @ y_bar, b_bar


@with_backward(LINEAR, EMPTY, "size zero")
def linear_bias_from_a_mean(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0) * len(y_bar)


@with_backward(GROUP_SCALE, EMPTY, "size zero")
def group_scale_one_from_nothing(y_bar, x, w):
    w_bar = (y_bar * x).sum(axis=(0, 1))
    return y_bar * w, w_bar if y_bar.size else np.ones_like(w)


RIGHT_EXTRAS = (SQUARE_MATMUL, ADD_COLUMN, GROUP_SCALE)
