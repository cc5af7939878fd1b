"""Wrong gradients of dropout."""

from __future__ import annotations

import numpy as np

from derivations.dropout import DROPOUT
from tests.broken.record import CONTRACT, DETERMINISM, ENTROPY, EXACT, FD, ORACLE, with_backward


def _coins(x):
    return 2 * ENTROPY.integers(0, 2, x.shape).astype(x.dtype)


@with_backward(
    DROPOUT, DETERMINISM, "non-deterministic", forward=lambda x, mask, *, rate, training: x * _coins(x)
)
def dropout_draws_its_own_mask(y_bar, x, mask, *, rate, training):
    return y_bar * _coins(x), None


@with_backward(DROPOUT, FD, "another function")
def dropout_draws_another_mask_for_the_backward_pass(y_bar, x, mask, *, rate, training):
    other = np.random.default_rng(0).random(x.shape) >= rate
    return (y_bar * other / (1 - rate) if training else y_bar.copy()), None


@with_backward(DROPOUT, FD, "training in evaluation")
def dropout_drops_in_evaluation(y_bar, x, mask, *, rate, training):
    return y_bar * mask / (1 - rate), None


@with_backward(DROPOUT, FD, "factor")
def dropout_mask_not_scaled(y_bar, x, mask, *, rate, training):
    return (y_bar * mask if training else y_bar.copy()), None


@with_backward(DROPOUT, EXACT, "factor")
def dropout_scaled_twice(y_bar, x, mask, *, rate, training):
    return (y_bar * mask / (1 - rate) ** 2 if training else y_bar.copy()), None


@with_backward(DROPOUT, ORACLE, "another function")
def dropout_lets_every_cotangent_through(y_bar, x, mask, *, rate, training):
    return (y_bar / (1 - rate) if training else y_bar.copy()), None


@with_backward(DROPOUT, CONTRACT, "form")
def dropout_gradient_of_its_mask(y_bar, x, mask, *, rate, training):
    return DROPOUT.vjp(x, mask, rate=rate, training=training)[1](y_bar)[0], y_bar * x
