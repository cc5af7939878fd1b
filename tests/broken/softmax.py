"""Wrong gradients of softmax and log-sum-exp."""

from __future__ import annotations

import numpy as np

from derivations.softmax import LOG_SUM_EXP, SOFTMAX, softmax, softmax_vjp
from tests.broken.record import CONTRACT, EMPTY, FD, LINEARITY, ORACLE, one_entry_off, with_backward


@with_backward(SOFTMAX, FD, "diagonal Jacobian")
def softmax_diagonal_only(y_bar, x, *, axis):
    p = softmax(x, axis=axis)
    return y_bar * p * (1 - p)


@with_backward(SOFTMAX, FD, "wrong axis")
def softmax_pulled_back_over_the_wrong_axis(y_bar, x, *, axis):
    p = softmax(x, axis=axis)
    return p * (y_bar - (p * y_bar).sum(axis=axis - 1, keepdims=True))


@with_backward(SOFTMAX, FD, "extra sum or mean")
def softmax_total_as_a_mean(y_bar, x, *, axis):
    p = softmax(x, axis=axis)
    return p * (y_bar - (p * y_bar).mean(axis=axis, keepdims=True))


@with_backward(SOFTMAX, ORACLE, "derivative at the output")
def softmax_derivative_at_the_output(y_bar, x, *, axis):
    return softmax_vjp(softmax(x, axis=axis), axis=axis)[1](y_bar)


@with_backward(SOFTMAX, LINEARITY, "nonlinear in the cotangent")
def softmax_subtracts_one_as_if_from_a_loss(y_bar, x, *, axis):
    return softmax(x, axis=axis) - y_bar


SOFTMAX_OFF_BY_1E_4 = one_entry_off(SOFTMAX, FD, 1e-4)


@with_backward(LOG_SUM_EXP, FD, "factor")
def log_sum_exp_not_normalised(y_bar, x, *, axis):
    return np.expand_dims(y_bar, axis) * np.exp(x - x.max(axis=axis, keepdims=True))


@with_backward(LOG_SUM_EXP, FD, "another function")
def log_sum_exp_with_the_backward_of_the_maximum(y_bar, x, *, axis):
    return np.expand_dims(y_bar, axis) * (x == x.max(axis=axis, keepdims=True))


@with_backward(LOG_SUM_EXP, CONTRACT, "not finite")
def log_sum_exp_overflows(y_bar, x, *, axis):
    weights = np.exp(x)
    return np.expand_dims(y_bar, axis) * weights / weights.sum(axis=axis, keepdims=True)


@with_backward(LOG_SUM_EXP, EMPTY, "size zero")
def log_sum_exp_shifted_by_the_largest_of_all(y_bar, x, *, axis):
    weights = np.exp(x - x.max())  # fails on nothing, and far from the maximum on everything
    return np.expand_dims(y_bar, axis) * weights / weights.sum(axis=axis, keepdims=True)
