"""Wrong gradients of softmax."""

from __future__ import annotations

import numpy as np

from derivations.losses import log_softmax
from gradcheck import Layer
from tests.broken.record import FD, one_entry_off, with_backward


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


@with_backward(SOFTMAX, FD, "diagonal Jacobian")
def softmax_diagonal_only(y_bar, x):
    p = softmax(x)
    return y_bar * p * (1 - p)


SOFTMAX_OFF_BY_1E_4 = one_entry_off(SOFTMAX, FD, 1e-4)


RIGHT_EXTRAS = (SOFTMAX,)
