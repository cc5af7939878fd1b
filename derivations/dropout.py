"""Dropout, with its mask as an input.

In training, each entry is kept with probability 1 − r and then enlarged, so that its expectation stays:

    y[k] = x[k] M[k]/(1 − r)   ⇒   x̄[k] = ȳ[k] M[k]/(1 − r)

The mask M (1 where an entry is kept, 0 where it is dropped) is drawn by the caller and given to forward and
backward alike: it is a constant, without a derivative, and a backward pass that draws one of its own belongs
to another function. The map is linear in x, whatever M holds.

In evaluation nothing is dropped or enlarged, y = x and x̄ = ȳ.
"""

from collections.abc import Callable

import numpy as np

from derivations.types import Array
from gradcheck import Layer


def dropout(x: Array, mask: Array, *, rate: float = 0.5, training: bool = True) -> Array:
    """Return x·mask/(1 − rate) in training and x in evaluation.

    Parameters
    ----------
    x, mask
        Of one shape, any; the mask holds 1 where an entry is kept and 0 where it is dropped.
    rate
        The probability of being dropped, 0 ≤ rate < 1.
    training
        Whether anything is dropped at all.
    """
    return x * mask / (1 - rate) if training else x.copy()


def dropout_vjp(
    x: Array, mask: Array, *, rate: float = 0.5, training: bool = True
) -> tuple[Array, Callable[[Array], tuple[Array, None]]]:
    """Return `dropout` and its pullback, x̄ = ȳ·mask/(1 − rate) in training, else ȳ; None for the mask."""

    def pullback(y_bar: Array) -> tuple[Array, None]:
        return dropout(y_bar, mask, rate=rate, training=training), None

    return dropout(x, mask, rate=rate, training=training), pullback


def dropout_oracle(
    x: Array, mask: Array, *, rate: float = 0.5, training: bool = True
) -> tuple[Array, Callable[[Array], tuple[Array, None]]]:
    """Return the same as `dropout_vjp` by the diagonal of its Jacobian."""
    diagonal = np.divide(mask, 1 - rate, dtype=x.dtype) if training else np.ones_like(x)
    return diagonal * x, lambda y_bar: (diagonal * y_bar, None)


DROPOUT = Layer(
    dropout,
    dropout_vjp,
    shapes={"x": "...", "mask": "..."},
    options={"rate": (0.5, 0.0, 0.75), "training": (True, False)},
    domain={"mask": (0.0, 1.0)},
    constants=("mask",),
    oracle=dropout_oracle,
    traits=("multilinear",),
)
"""The harness draws masks of any weights between 0 and 1: the formula does not ask for more."""

LAYERS: tuple[Layer, ...] = (DROPOUT,)
