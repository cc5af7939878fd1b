"""Convolution of one channel: the article's example in integers, and both conventions (C0–C9)."""

import itertools

import numpy as np
import pytest
from scipy import signal

import gradcheck
from derivations.convolution import (
    cross_correlate,
    cross_correlate_vjp,
    flip,
    pad,
    true_convolve,
    true_convolve_vjp,
)

# The article's letters, as distinct integers whose sums of products tell every term apart.
W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
X = np.array([[10.0, 20.0], [30.0, 40.0]])
Y_BAR = np.array([[1.0, -2.0], [3.0, 5.0]])


def integers(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def test_the_article_example_written_out():
    """C1: y₁₁ = w₁₁x₁₁ + w₁₂x₁₂ + w₂₁x₂₁ + w₂₂x₂₂, and so on."""
    expected = [
        [1 * 10 + 2 * 20 + 4 * 30 + 5 * 40, 2 * 10 + 3 * 20 + 5 * 30 + 6 * 40],
        [4 * 10 + 5 * 20 + 7 * 30 + 8 * 40, 5 * 10 + 6 * 20 + 8 * 30 + 9 * 40],
    ]
    np.testing.assert_array_equal(cross_correlate(W, X), expected)


def test_the_derivative_is_a_tensor_of_fourth_order():
    """C2, C3: ∂y/∂x has the shape Y.shape + X.shape; corrected, the last partial of a row is ∂/∂x₂₂."""
    pullback = cross_correlate_vjp(W, X)[1]
    partials = np.stack([pullback(one.reshape(2, 2))[1] for one in np.eye(4)])
    np.testing.assert_array_equal(
        partials.reshape(4, 4), [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]
    )


def test_the_gradient_of_the_small_operand_is_w_correlated_with_upstream():
    """C4, written out as the article does."""
    (a, b), (c, d) = Y_BAR
    expected = [
        [a * 1 + b * 2 + c * 4 + d * 5, a * 2 + b * 3 + c * 5 + d * 6],
        [a * 4 + b * 5 + c * 7 + d * 8, a * 5 + b * 6 + c * 8 + d * 9],
    ]
    np.testing.assert_array_equal(cross_correlate_vjp(W, X)[1](Y_BAR)[1], expected)


def test_the_gradient_of_the_large_operand_is_the_nine_sums():
    """C6, written out as the article does."""
    ((a, b), (c, d)), ((x11, x12), (x21, x22)) = Y_BAR, X
    expected = [
        [a * x11, a * x12 + b * x11, b * x12],
        [a * x21 + c * x11, a * x22 + b * x21 + c * x12 + d * x11, b * x22 + d * x12],
        [c * x21, c * x22 + d * x21, d * x22],
    ]
    np.testing.assert_array_equal(cross_correlate_vjp(W, X)[1](Y_BAR)[0], expected)


def test_padded_upstream_and_flipped_kernel_are_the_article_matrices():
    """C7: the two matrices as printed, and what they come to."""
    a, b, c, d = Y_BAR.ravel()
    padded = pad(Y_BAR, X.shape)
    np.testing.assert_array_equal(padded, [[0, 0, 0, 0], [0, a, b, 0], [0, c, d, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(flip(X), [[40, 30], [20, 10]])
    np.testing.assert_array_equal(cross_correlate(padded, flip(X)), cross_correlate_vjp(W, X)[1](Y_BAR)[0])


def test_pad_counts_the_sliding_operand_per_axis():
    """C8: one less than the size of X, rows by rows and columns by columns."""
    assert pad(np.ones((4, 5)), (3, 2)).shape == (4 + 2 * 2, 5 + 2 * 1)
    assert pad(np.ones((4, 5)), (1, 1)).shape == (4, 5)


@pytest.mark.parametrize(("w", "x"), [((3, 3), (2, 2)), ((4, 6), (3, 1)), ((5, 2), (1, 2)), ((1, 4), (1, 4))])
def test_every_shape_agrees_with_scipy_on_integers(w, x):
    W, X = integers(w, 0), integers(x, 1)
    Y, pullback = cross_correlate_vjp(W, X)
    np.testing.assert_array_equal(Y, signal.correlate2d(W, X, mode="valid"))
    Y_bar = integers(Y.shape, 2)
    W_bar, X_bar = pullback(Y_bar)
    np.testing.assert_array_equal(W_bar, signal.convolve2d(Y_bar, X, mode="full"))
    np.testing.assert_array_equal(X_bar, signal.correlate2d(W, Y_bar, mode="valid"))


def test_the_linear_map_of_every_small_shape_is_the_transpose_of_its_gradient():
    """C9: ∂Y/∂W and ∂Y/∂X by unit matrices, over all shapes up to 4 × 4, against the pullback."""
    for h, w, p, q in itertools.product(range(1, 5), repeat=4):
        if p > h or q > w:
            continue
        W, X = integers((h, w), 0), integers((p, q), 1)
        Y, pullback = cross_correlate_vjp(W, X)
        Y_bar = integers(Y.shape, 2)
        W_bar, X_bar = pullback(Y_bar)
        by_w = [np.vdot(Y_bar, cross_correlate(unit.reshape(h, w), X)) for unit in np.eye(h * w)]
        by_x = [np.vdot(Y_bar, cross_correlate(W, unit.reshape(p, q))) for unit in np.eye(p * q)]
        np.testing.assert_array_equal(W_bar.ravel(), by_w)
        np.testing.assert_array_equal(X_bar.ravel(), by_x)


def test_the_article_star_is_not_convolution():
    """C0: nothing is reversed, so it differs from `convolve2d` and is equal once one operand is flipped."""
    convolved = signal.convolve2d(W, X, mode="valid")
    assert not np.array_equal(cross_correlate(W, X), convolved)
    np.testing.assert_array_equal(cross_correlate(W, flip(X)), convolved)
    np.testing.assert_array_equal(true_convolve(W, X), convolved)


def test_the_article_star_does_not_commute_and_true_convolution_does():
    A, B = integers((3, 3), 0), integers((3, 3), 1)
    C, D = pad(A, (3, 3)), pad(B, (3, 3))
    assert not np.array_equal(cross_correlate(C, B), cross_correlate(D, A))
    np.testing.assert_array_equal(true_convolve(C, B), true_convolve(D, A))


def test_scipy_swaps_operands_and_flips_where_the_article_would_have_no_result():
    """The trap: with the smaller operand first, ``correlate2d`` returns the flipped W ⋆ X without a word."""
    np.testing.assert_array_equal(signal.correlate2d(X, W, mode="valid"), flip(cross_correlate(W, X)))
    with pytest.raises(ValueError, match="window shape cannot be larger"):
        cross_correlate(X, W)


def test_under_true_convolution_the_flip_moves_to_the_other_gradient():
    image, kernel = integers((4, 5), 0), integers((2, 3), 1)
    Y, pullback = true_convolve_vjp(image, kernel)
    Y_bar = integers(Y.shape, 2)
    image_bar, kernel_bar = pullback(Y_bar)
    np.testing.assert_array_equal(image_bar, signal.correlate2d(Y_bar, kernel, mode="full"))
    np.testing.assert_array_equal(kernel_bar, flip(signal.correlate2d(image, Y_bar, mode="valid")))


@pytest.mark.parametrize(
    ("forward", "other"),
    [(cross_correlate, true_convolve_vjp), (true_convolve, cross_correlate_vjp)],
    ids=["correlation", "convolution"],
)
def test_the_gradient_of_the_other_convention_is_wrong(forward, other):
    layer = gradcheck.Layer.from_backward(
        forward,
        lambda Y_bar, A, B: other(A, B)[1](Y_bar),
        shapes={"A": "h w", "B": "p q"},
        where=lambda h, w, p, q: 1 <= p <= h and 1 <= q <= w,
    )
    assert gradcheck.check(layer, max_examples=20).verdict is gradcheck.Verdict.WRONG


@pytest.mark.parametrize("vjp", [cross_correlate_vjp, true_convolve_vjp])
def test_single_precision_stays_single_and_nothing_is_shared(vjp):
    given = W.astype(np.float32), X.astype(np.float32), Y_BAR.astype(np.float32)
    Y, pullback = vjp(*given[:2])
    for result in (Y, *pullback(given[2])):
        assert result.dtype == np.float32
        assert not any(np.shares_memory(result, array) for array in given)


def test_a_kernel_of_one_tap_scales():
    """Corner: both pad and flip do nothing, and still nothing is aliased."""
    W_bar, X_bar = cross_correlate_vjp(W, np.array([[2.0]]))[1](W)
    np.testing.assert_array_equal(W_bar, 2 * W)
    np.testing.assert_array_equal(X_bar, [[np.sum(W * W)]])
