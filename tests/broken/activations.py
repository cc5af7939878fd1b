"""Wrong gradients of sigmoid, tanh and ReLU."""

from __future__ import annotations

import numpy as np
from scipy import special

from derivations import RELU, SIGMOID, TANH
from tests.broken.record import (
    CONTRACT,
    DETERMINISM,
    ENTROPY,
    EXACT,
    FD,
    LINEARITY,
    ORACLE,
    PURITY,
    one_entry_off,
    with_backward,
    with_vjp,
)


@with_backward(TANH, FD, "derivative at the output")
def tanh_derivative_at_the_output(y_bar, x):
    y = np.tanh(x)
    return y_bar * (1 - np.tanh(y) ** 2)


@with_backward(SIGMOID, FD, "derivative at the output")
def sigmoid_derivative_at_the_output(y_bar, x):
    y = special.expit(x)
    return y_bar * special.expit(y) * special.expit(-y)


TANH_OFF_BY_1E_3 = one_entry_off(TANH, FD, 1e-3)


RELU_OFF_BY_1E_12 = one_entry_off(RELU, EXACT, 1e-12, oracle=None)


SIGMOID_OFF_BY_1E_12 = one_entry_off(SIGMOID, ORACLE, 1e-12)


@with_backward(TANH, LINEARITY, "nonlinear in the cotangent")
def tanh_clips_its_cotangent(y_bar, x):
    return TANH.vjp(x)[1](np.clip(y_bar, -5, 5))


@with_backward(TANH, LINEARITY, "nonlinear in the cotangent")
def tanh_flushes_small_cotangents(y_bar, x):
    return TANH.vjp(x)[1](np.where(np.abs(y_bar) < 1e-7, 0, y_bar))


@with_backward(SIGMOID, LINEARITY, "nonlinear in the cotangent")
def sigmoid_forgets_the_cotangents_sign(y_bar, x):
    return SIGMOID.vjp(x)[1](np.abs(y_bar))


@with_vjp(RELU, PURITY, "side effect")
def relu_masks_its_cotangent_in_place(x):
    def pullback(y_bar):
        y_bar[x <= 0] = 0
        return y_bar.copy()

    return np.maximum(x, 0), pullback


@with_backward(SIGMOID, CONTRACT, "dtype")
def sigmoid_returns_float32(y_bar, x):
    return (y_bar * special.expit(x) * special.expit(-x)).astype(np.float32)


@with_backward(TANH, CONTRACT, "dtype", dtype="float32")
def tanh_returns_float64(y_bar, x):
    return y_bar * (1 - np.tanh(x.astype(np.float64)) ** 2)


@with_backward(SIGMOID, CONTRACT, "not finite")
def sigmoid_overflows(y_bar, x):
    return y_bar * np.exp(-x) / (1 + np.exp(-x)) ** 2


@with_backward(TANH, DETERMINISM, "non-deterministic")
def tanh_adds_noise(y_bar, x):
    return TANH.vjp(x)[1](y_bar) * (1 + 1e-6 * ENTROPY.standard_normal(x.shape)).astype(x.dtype)


@with_backward(TANH, FD, "zero, detached, constant")
def tanh_zero(y_bar, x):
    return np.zeros_like(x)


@with_backward(SIGMOID, FD, "zero, detached, constant")
def sigmoid_constant_slope(y_bar, x):
    return y_bar / 4
