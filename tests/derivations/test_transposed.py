"""Transposed convolution: kernels spread by hand, and the adjoint of a convolution."""

import itertools

import numpy as np
import pytest

from derivations.multichannel import conv2d
from derivations.transposed import conv_transpose2d, conv_transpose2d_oracle, conv_transpose2d_vjp


def integers(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def operands(inputs=(2, 3), kernel=(3, 2)):
    return integers((2, 3, *inputs), 0), integers((3, 2, *kernel), 1), integers((2,), 2)


def test_every_entry_spreads_its_kernel_and_what_meets_is_added():
    x, w = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0, 3.0]]]])
    np.testing.assert_array_equal(conv_transpose2d(x, w, np.zeros(1))[0, 0], [[1, 12, 23, 30]])
    np.testing.assert_array_equal(conv_transpose2d(x, w, np.ones(1), stride=2)[0, 0], [[2, 3, 14, 21, 31]])


def test_padding_crops_and_output_padding_adds_at_the_end():
    x, w, b = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0, 3.0]]]]), np.array([5.0])
    np.testing.assert_array_equal(conv_transpose2d(x, w, b, padding=(0, 1))[0, 0], [[17, 28]])
    longer = conv_transpose2d(x, w, b, stride=(1, 2), output_padding=(0, 1))[0, 0]
    np.testing.assert_array_equal(longer, [[6, 7, 18, 25, 35, 5]])


@pytest.mark.parametrize("stride", [1, 2, (3, 2)])
@pytest.mark.parametrize("padding", [0, 1, (1, 0)])
def test_it_is_the_adjoint_of_convolution(stride, padding):
    """⟨C v, x⟩ = ⟨v, Cᵀ x⟩, bit for bit on integers."""
    x, w, _ = operands((3, 3))
    transposed = conv_transpose2d(x, w, np.zeros(2), stride=stride, padding=padding)
    v = integers(transposed.shape, 3)
    assert np.vdot(conv2d(v, w, np.zeros(3), stride=stride, padding=padding), x) == np.vdot(v, transposed)


@pytest.mark.parametrize("kernel", [(1, 1), (3, 2), (2, 4)])
def test_every_option_agrees_with_plain_loops_to_the_last_bit(kernel):
    x, w, b = operands((3, 4), kernel)
    for stride, padding, extra in itertools.product((1, 2, (3, 2)), (0, (1, 0)), (0, 1, (1, 0))):
        if not np.less(extra, np.broadcast_to(stride, 2)).all():
            continue  # C would have one output more
        options = {"stride": stride, "padding": padding, "output_padding": extra}
        y, pullback = conv_transpose2d_vjp(x, w, b, **options)
        expected, expected_pullback = conv_transpose2d_oracle(x, w, b, **options)
        np.testing.assert_array_equal(y, expected, err_msg=str(options))
        y_bar = integers(y.shape, 3)
        for mine, theirs in zip(pullback(y_bar), expected_pullback(y_bar), strict=True):
            np.testing.assert_array_equal(mine, theirs, err_msg=str(options))


def test_it_brings_back_the_shape_that_a_convolution_took():
    image, (_, w, _) = np.zeros((1, 2, 8, 7)), operands()
    reduced = conv2d(image, w, np.zeros(3), stride=3, padding=1)
    options = {"stride": 3, "padding": 1, "output_padding": (1, 1)}
    assert conv_transpose2d(reduced, w, np.zeros(2), **options).shape == image.shape
