"""Wrong gradients of convolutions of one channel."""

from __future__ import annotations

import numpy as np

from derivations import CROSS_CORRELATION, TRUE_CONVOLUTION, cross_correlate, flip, pad
from derivations.convolution import true_convolve, true_convolve_vjp
from tests.broken.record import CONTRACT, EXACT, FD, ORACLE, one_entry_off, with_backward, with_vjp


@with_backward(CROSS_CORRELATION, FD, "missing flip")
def cross_correlate_missing_flip(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape), X), cross_correlate(W, Y_bar)


@with_backward(CROSS_CORRELATION, EXACT, "missing flip")
def cross_correlate_flip_on_one_axis(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape), X[::-1]), cross_correlate(W, Y_bar)


@with_backward(TRUE_CONVOLUTION, ORACLE, "missing flip")
def true_convolve_kernel_not_flipped_back(Y_bar, X, W):
    return cross_correlate(pad(Y_bar, W.shape), W), cross_correlate(X, Y_bar)


@with_backward(TRUE_CONVOLUTION, FD, "missing flip")
def true_convolve_one_flip_too_many(Y_bar, X, W):
    return cross_correlate(pad(Y_bar, W.shape), flip(W)), flip(cross_correlate(X, Y_bar)).copy()


@with_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_by_one_too_few(Y_bar, W, X):
    p, q = X.shape
    return cross_correlate(pad(Y_bar, (p - 1, q - 1)), flip(X)), cross_correlate(W, Y_bar)


@with_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_by_the_operands_size(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, W.shape), flip(X)), cross_correlate(W, Y_bar)


@with_backward(CROSS_CORRELATION, CONTRACT, "padding")
def cross_correlate_pads_with_axes_swapped(Y_bar, W, X):
    return cross_correlate(pad(Y_bar, X.shape[::-1]), flip(X)), cross_correlate(W, Y_bar)


@with_backward(CROSS_CORRELATION, FD, "padding")
def cross_correlate_pads_one_side_only(Y_bar, W, X):
    p, q = X.shape
    padded = np.pad(Y_bar, ((2 * (p - 1), 0), (2 * (q - 1), 0)))
    return cross_correlate(padded, flip(X)), cross_correlate(W, Y_bar)


CROSS_CORRELATION_OFF_BY_1E_5 = one_entry_off(CROSS_CORRELATION, FD, 1e-5)


def _convolved(W, X):
    """True convolution with the operands called what cross-correlation calls them."""
    return true_convolve(W, X)


@with_backward(CROSS_CORRELATION, FD, "another function", forward=_convolved, oracle=None)
def true_convolve_with_the_backward_of_cross_correlation(Y_bar, W, X):
    return CROSS_CORRELATION.vjp(W, X)[1](Y_bar)


@with_vjp(CROSS_CORRELATION, ORACLE, "another function", forward=_convolved)
def cross_correlate_is_a_true_convolution(W, X):
    return true_convolve_vjp(W, X)
