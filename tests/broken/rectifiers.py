"""Wrong gradients of the rectifiers: leaky ReLU, GELU."""

from __future__ import annotations

import numpy as np
from scipy import special

from gradcheck import Layer
from tests.broken.record import FD, KINK, with_backward


def leaky_relu(x):
    return np.where(x > 0, x, x / 8)


def leaky_relu_backward(y_bar, x):
    return np.where(x > 0, y_bar, y_bar / 8)


LEAKY_RELU = Layer.from_backward(
    leaky_relu, leaky_relu_backward, name="leaky_relu", shapes={"x": "..."}, traits=("piecewise-linear",)
)


def gelu(x):
    return x * special.ndtr(x)


def _normal_density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi).astype(x.dtype)


def gelu_backward(y_bar, x):
    return y_bar * (special.ndtr(x) + x * _normal_density(x))


GELU = Layer.from_backward(gelu, gelu_backward, name="gelu", shapes={"x": "..."}, traits=("analytic",))


@with_backward(LEAKY_RELU, KINK, "maximum")
def leaky_relu_both_slopes_at_zero(y_bar, x):
    return y_bar * (x >= 0) + y_bar / 8 * (x <= 0)


def _gelu_by_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + 0.044715 * x**3)))


@with_backward(GELU, FD, "another function", forward=_gelu_by_tanh)
def gelu_by_tanh_with_the_exact_backward(y_bar, x):
    return GELU.vjp(x)[1](y_bar)


RIGHT_EXTRAS = (LEAKY_RELU, GELU)
