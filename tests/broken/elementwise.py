"""Wrong gradients of products, squares and maxima, entry by entry."""

from __future__ import annotations

import numpy as np

from gradcheck import Layer
from tests.broken.record import CONTRACT, EXACT, FD, KINK, LAYOUT, LINEARITY, PURITY, with_backward, with_vjp


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


def larger(a, b):
    return np.maximum(a, b)


def larger_backward(y_bar, a, b):
    return np.where(a >= b, y_bar, 0), np.where(a >= b, 0, y_bar)


LARGER = Layer.from_backward(
    larger, larger_backward, name="larger", shapes={"a": "n", "b": "n"}, traits=("piecewise-linear",)
)


@with_backward(SQUARE, FD, "derivative at the output")
def square_derivative_at_the_output(y_bar, x):
    return 2 * square(x) * y_bar


@with_backward(LARGER, KINK, "maximum")
def larger_to_both_where_they_tie(y_bar, a, b):
    return y_bar * (a >= b), y_bar * (b >= a)


@with_backward(LARGER, KINK, "maximum")
def larger_to_both_where_both_are_zero(y_bar, a, b):
    return y_bar * (a >= b), y_bar * ((b > a) | ((a == 0) & (b == 0)))


@with_backward(PRODUCT, EXACT, "one entry off")
def product_by_a_guarded_division(y_bar, a, b):
    y = a * b
    return y_bar * y / (a + 1e-12), y_bar * y / (b + 1e-12)


@with_backward(PRODUCT, FD, "arguments swapped")
def product_cotangents_swapped(y_bar, a, b):
    return y_bar * a, y_bar * b


@with_backward(SQUARE, LINEARITY, "nonlinear in the cotangent")
def square_divides_by_its_cotangent(y_bar, x):
    return 2 * x * y_bar**2 / y_bar  # right, but for 0/0 at a zero cotangent


@with_vjp(SQUARE, PURITY, "side effect")
def square_reuses_one_buffer(x):
    buffer = np.empty_like(x)
    return square(x), lambda y_bar: np.multiply(2 * x, y_bar, out=buffer)


@with_backward(SIGNED_SQUARE, CONTRACT, "not finite")
def signed_square_is_nan_at_zero(y_bar, x):
    return 2 * x**2 / np.abs(x) * y_bar


@with_backward(SIGNED_SQUARE, FD, "wrong at zero")
def signed_square_guards_zero_by_one(y_bar, x):
    return np.where(x == 0, 1, 2 * x**2 / np.abs(x)) * y_bar


@with_backward(SQUARE, LAYOUT, "memory layout")
def square_reads_a_buffer(y_bar, x):
    flat = np.frombuffer(np.atleast_1d(x), x.dtype)  # takes C order for granted, and raises elsewhere
    return (2 * flat * y_bar.ravel()).reshape(x.shape)


@with_backward(PRODUCT, LAYOUT, "memory layout")
def product_pairs_entries_as_they_lie(y_bar, a, b):
    a_bar = y_bar.ravel(order="K") * b.ravel()
    return a_bar.reshape(a.shape), y_bar * a


RIGHT_EXTRAS = (SQUARE, SIGNED_SQUARE, PRODUCT, LARGER)
