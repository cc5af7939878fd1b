"""Wrong gradients of the rectifiers: leaky ReLU, softplus, GELU."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from derivations.activations import relu_vjp, sigmoid
from derivations.rectifiers import GELU, LEAKY_RELU, SOFTPLUS, gelu_vjp, softplus
from tests.broken.record import CONTRACT, EXACT, FD, KINK, LINEARITY, ORACLE, with_backward


@with_backward(LEAKY_RELU, KINK, "maximum")
def leaky_relu_both_slopes_at_zero(y_bar, x, *, slope):
    return y_bar * (x >= 0) + slope * y_bar * (x <= 0)


@with_backward(LEAKY_RELU, FD, "wrong branch")
def leaky_relu_slope_on_the_wrong_side(y_bar, x, *, slope):
    return np.where(x > 0, slope * y_bar, y_bar)


@with_backward(LEAKY_RELU, EXACT, "another function")
def leaky_relu_with_the_backward_of_relu(y_bar, x, *, slope):
    return relu_vjp(x)[1](y_bar)


@with_backward(LEAKY_RELU, LINEARITY, "nonlinear in the cotangent")
def leaky_relu_decided_by_its_cotangent(y_bar, x, *, slope):
    return np.where(y_bar > 0, y_bar, slope * y_bar)


@with_backward(LEAKY_RELU, ORACLE, "factor")
def leaky_relu_slope_twice(y_bar, x, *, slope):
    return np.where(x > 0, y_bar, slope**2 * y_bar)


@with_backward(SOFTPLUS, FD, "wrong branch")
def softplus_slope_of_its_mirror_image(y_bar, x):
    return y_bar * sigmoid(-x)


@with_backward(SOFTPLUS, FD, "derivative at the output")
def softplus_derivative_at_the_output(y_bar, x):
    return y_bar * sigmoid(softplus(x))


@with_backward(SOFTPLUS, CONTRACT, "not finite")
def softplus_overflows(y_bar, x):
    return y_bar * np.exp(x) / (1 + np.exp(x))


@with_backward(SOFTPLUS, FD, "wrong branch")
def softplus_taken_for_linear_too_early(y_bar, x):
    return np.where(x > 4, y_bar, y_bar * sigmoid(x))


@with_backward(GELU, FD, "another function")
def gelu_by_tanh_with_the_exact_backward(y_bar, x, *, form):
    return gelu_vjp(x, form="erf")[1](y_bar)


@with_backward(GELU, ORACLE, "another function")
def gelu_exact_with_the_backward_of_its_tanh_form(y_bar, x, *, form):
    return gelu_vjp(x, form="tanh")[1](y_bar)


@with_backward(GELU, FD, "product rule", options={"form": ("erf",)})
def gelu_without_the_density(y_bar, x, *, form):
    return y_bar * special.ndtr(x)


@with_backward(GELU, FD, "factor", options={"form": ("erf",)})
def gelu_density_not_normalised(y_bar, x, *, form):
    return y_bar * (special.ndtr(x) + x * np.exp(-x * x / 2))


@with_backward(GELU, FD, "derivative at the output", options={"form": ("tanh",)})
def gelu_cubic_term_not_differentiated(y_bar, x, *, form):
    twice_u = math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)
    return y_bar * sigmoid(twice_u) * (1 + x * sigmoid(-twice_u) * math.sqrt(8 / math.pi))


@with_backward(GELU, FD, "another function")
def gelu_with_the_backward_of_its_sigmoid_form(y_bar, x, *, form):
    gate = sigmoid(1.702 * x)
    return y_bar * (gate + 1.702 * x * gate * sigmoid(-1.702 * x))
