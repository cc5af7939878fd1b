"""Wrong gradients of dropout."""

from __future__ import annotations

from gradcheck import Layer
from tests.broken.record import DETERMINISM, ENTROPY, FD, with_backward


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


@with_backward(DROPOUT, DETERMINISM, "non-deterministic", forward=lambda x, kept, *, training: x * _coins(x))
def dropout_draws_its_own_mask(y_bar, x, kept, *, training):
    return y_bar * _coins(x), None


def _coins(x):
    return 2 * ENTROPY.integers(0, 2, x.shape).astype(x.dtype)


@with_backward(DROPOUT, FD, "training in evaluation")
def dropout_drops_in_evaluation(y_bar, x, kept, *, training):
    return y_bar * kept * 2, None


RIGHT_EXTRAS = (DROPOUT,)
