"""Wrong gradients of maps that only move entries."""

from __future__ import annotations

import numpy as np

from derivations import FLATTEN
from gradcheck import Layer
from tests.broken.record import CONTRACT, EMPTY, FD, LAYOUT, PURITY, with_backward, with_vjp


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


@with_backward(PAIR_SUM, CONTRACT, "remainder")
def pair_sum_remainder_dropped(y_bar, x):
    return np.repeat(y_bar, 2, axis=0)


@with_backward(PAIR_SUM, FD, "remainder", where=lambda n: n >= 2)
def pair_sum_remainder_given_to_the_last_pair(y_bar, x):
    x_bar = np.repeat(y_bar, 2, axis=0)
    return np.pad(x_bar, ((0, len(x) - len(x_bar)), (0, 0)), mode="edge")


@with_backward(FFTSHIFT, FD, "right for some sizes only")
def fftshift_for_even_sizes_only(y_bar, x):
    return np.fft.fftshift(y_bar)


@with_backward(GATHER, FD, "duplicates lost")
def gather_duplicates_lost(y_bar, x):
    x_bar = np.zeros_like(x)
    x_bar[PICKED] += y_bar
    return x_bar


@with_vjp(FLATTEN, PURITY, "side effect")
def flatten_returns_a_view_of_its_cotangent(x):
    return FLATTEN.forward(x), lambda y_bar: y_bar.reshape(x.shape)


@with_backward(FLATTEN, PURITY, "side effect", forward=lambda x: x.reshape(len(x), x[:1].size))
def flatten_returns_a_view_of_its_input(y_bar, x):
    return y_bar.reshape(x.shape).copy()


@with_backward(FLATTEN, LAYOUT, "memory layout")
def flatten_in_memory_order(y_bar, x):
    return y_bar.reshape(x.shape, order="A").copy()


@with_backward(FLATTEN, EMPTY, "size zero")
def flatten_infers_a_size(y_bar, x):
    n, c, rows, _ = x.shape
    return y_bar.reshape(n, c, rows, -1).copy()


RIGHT_EXTRAS = (PAIR_SUM, FFTSHIFT, GATHER)
