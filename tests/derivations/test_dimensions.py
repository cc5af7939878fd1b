"""Convolution along one axis and over three: sums by hand, corners, and bit-for-bit agreement."""

import itertools

import numpy as np
import pytest

from derivations.dimensions import conv1d, conv1d_oracle, conv1d_vjp, conv3d, conv3d_oracle, conv3d_vjp
from derivations.multichannel import conv2d


def integers(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def operands(size, kernel):
    return integers((2, 3, *size), 0), integers((2, 3, *kernel), 1), integers((2,), 2)


def assert_equal(vjp, oracle, primals, **options):
    (y, pullback), (expected, expected_pullback) = vjp(*primals, **options), oracle(*primals, **options)
    y_bar = integers(y.shape, 3)
    for mine, theirs in zip((y, *pullback(y_bar)), (expected, *expected_pullback(y_bar)), strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=str(options))


def test_a_difference_of_neighbours_by_hand():
    x, w, b = np.array([[[1.0, 4.0, 9.0, 16.0]]]), np.array([[[-1.0, 1.0]]]), np.array([100.0])
    np.testing.assert_array_equal(conv1d(x, w, b)[0, 0], [103, 105, 107])
    np.testing.assert_array_equal(conv1d(x, w, b, dilation=2)[0, 0], [108, 112])
    np.testing.assert_array_equal(conv1d(x, w, b, stride=2, padding=1)[0, 0], [101, 105, 84])


def test_one_dimension_agrees_with_scipy_to_the_last_bit():
    for stride, padding, dilation in itertools.product((1, 2, 3), (0, 1, 2), (1, 2, 3)):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        assert_equal(conv1d_vjp, conv1d_oracle, operands((7,), (3,)), **options)


def test_three_dimensions_agree_with_scipy_to_the_last_bit():
    for stride, padding, dilation in itertools.product((1, (3, 1, 2)), (0, (2, 0, 1)), (1, (2, 1, 3))):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        assert_equal(conv3d_vjp, conv3d_oracle, operands((5, 4, 7), (2, 3, 2)), **options)


def test_a_volume_of_one_plane_is_an_image():
    x, w, b = operands((1, 5, 6), (1, 2, 3))
    np.testing.assert_array_equal(conv3d(x, w, b)[:, :, 0], conv2d(x[:, :, 0], w[:, :, 0], b))


@pytest.mark.parametrize("axis", [2, 3, 4])
def test_the_axes_of_a_volume_are_equal(axis):
    """Swapping two axes of volume and kernel swaps them in the result."""
    x, w, b = operands((4, 5, 6), (2, 1, 3))
    swapped = conv3d(x.swapaxes(2, axis), w.swapaxes(2, axis), b)
    np.testing.assert_array_equal(swapped.swapaxes(2, axis), conv3d(x, w, b))


def test_planes_that_a_stride_leaves_over_get_zero():
    x, w, b = np.ones((1, 1, 6, 1, 1)), np.ones((1, 1, 2, 1, 1)), np.zeros(1)
    y, pullback = conv3d_vjp(x, w, b, stride=(3, 1, 1))
    np.testing.assert_array_equal(pullback(np.ones_like(y))[0].ravel(), [1, 1, 0, 1, 1, 0])


def test_an_empty_batch_gives_zero_to_the_parameters():
    for vjp, size in ((conv1d_vjp, (4,)), (conv3d_vjp, (4, 4, 4))):
        x, w, b = operands(size, (2,) * len(size))
        y, pullback = vjp(x[:0], w, b)
        x_bar, w_bar, b_bar = pullback(np.zeros_like(y))
        assert x_bar.shape == (0, 3, *size)
        assert not w_bar.any()
        assert not b_bar.any()
