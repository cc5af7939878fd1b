"""Wrong gradients of losses."""

from __future__ import annotations

from derivations import CROSS_ENTROPY, MEAN_SQUARED_ERROR
from derivations.softmax import softmax
from tests.broken.record import CONTRACT, FD, ORACLE, PURITY, with_backward, with_vjp


@with_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_sign(c_bar, a, y):
    a_bar = (2 / a.size) * (y - a) * c_bar
    return a_bar, -a_bar


@with_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_without_the_2(c_bar, a, y):
    a_bar = (1 / a.size) * (a - y) * c_bar
    return a_bar, -a_bar


@with_backward(MEAN_SQUARED_ERROR, ORACLE, "factor")
def mean_squared_error_with_the_2_twice(c_bar, a, y):
    a_bar = (4 / a.size) * (a - y) * c_bar
    return a_bar, -a_bar


@with_backward(MEAN_SQUARED_ERROR, FD, "factor")
def mean_squared_error_not_divided_by_n(c_bar, a, y):
    a_bar = 2 * (a - y) * c_bar
    return a_bar, -a_bar


@with_backward(CROSS_ENTROPY, ORACLE, "factor")
def cross_entropy_divided_by_every_entry(c_bar, z, t):
    total = t.sum(axis=1, keepdims=True)
    return (softmax(z) * total - t) * (c_bar / z.size), None


@with_backward(CROSS_ENTROPY, FD, "diagonal Jacobian")
def cross_entropy_for_one_hot_targets_only(c_bar, z, t):
    return (softmax(z) - t) * (c_bar / len(z)), None


@with_backward(MEAN_SQUARED_ERROR, ORACLE, "right for some sizes only")
def mean_squared_error_when_square_only(c_bar, a, y):
    a_bar = 2 / len(a) ** 2 * (a - y) * c_bar
    return a_bar, -a_bar


@with_backward(CROSS_ENTROPY, FD, "right for some sizes only")
def cross_entropy_for_batch_1_only(c_bar, z, t):
    total = t.sum(axis=1, keepdims=True)
    return (softmax(z) * total - t) * c_bar, None


@with_vjp(CROSS_ENTROPY, PURITY, "side effect")
def cross_entropy_shifts_its_scores_in_place(z, t):
    z -= z.max(axis=1, keepdims=True)
    return CROSS_ENTROPY.vjp(z, t)


@with_vjp(MEAN_SQUARED_ERROR, CONTRACT, "form")
def mean_squared_error_primal_not_averaged(a, y):
    _, pullback = MEAN_SQUARED_ERROR.vjp(a, y)
    return ((a - y) ** 2).sum(), pullback


@with_backward(MEAN_SQUARED_ERROR, ORACLE, "another function", forward=lambda a, y: ((a - y) ** 2).sum())
def mean_squared_error_is_a_sum(c_bar, a, y):
    return 2 * (a - y) * c_bar, 2 * (y - a) * c_bar
