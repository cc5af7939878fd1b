"""Flattening: every sample's channels become one row (F1).

    y[n, (c·H + h)·W + w] = x[n,c,h,w]

Each output is one input under another index, so its derivative is 1 there and 0 elsewhere, and

    ∂c/∂x[n,c,h,w] = ∂c/∂y[n, (c·H + h)·W + w]:  the cotangent, reshaped.

The order is row-major by index, however x lies in memory. Reshaping is free because it can return a view;
a layer may not, or its result would change with the caller's array, so both directions copy. Sizes are
spelled out, since ``reshape(n, -1)`` cannot infer one when the batch is empty.
"""

from math import prod

import numpy as np

from derivations.types import Array, UnaryPullback
from gradcheck import Layer


def flatten(x: Array) -> Array:
    """Return x (n, ...) as rows, (n, product of the rest), in row-major order; source F1."""
    return x.reshape(len(x), prod(x.shape[1:])).copy()


def flatten_vjp(x: Array) -> tuple[Array, UnaryPullback]:
    """Return `flatten` and its pullback, ȳ in the shape of x; source F1."""

    def pullback(y_bar: Array) -> Array:
        return y_bar.reshape(x.shape).copy()

    return flatten(x), pullback


def flatten_oracle(x: Array) -> tuple[Array, UnaryPullback]:
    """Return the same as `flatten_vjp`, one column of y at a time."""
    places = list(np.ndindex(x.shape[1:]))
    y = np.empty((x.shape[0], len(places)), x.dtype)
    for column, place in enumerate(places):
        y[:, column] = x[:, *place]

    def pullback(y_bar: Array) -> Array:
        x_bar = np.empty(x.shape, y_bar.dtype)
        for column, place in enumerate(places):
            x_bar[:, *place] = y_bar[:, column]
        return x_bar

    return y, pullback


FLATTEN = Layer(
    flatten,
    flatten_vjp,
    shapes={"x": "n c rows cols"},
    oracle=flatten_oracle,
    traits=("multilinear",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (FLATTEN,)
