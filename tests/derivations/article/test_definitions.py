"""The literal definitions against NumPy and SciPy, on integers, so that equality is bit for bit."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import signal

from derivations.article import definitions, printed

RNG = np.random.default_rng(0)


def integers(*shape):
    return RNG.integers(-9, 10, shape)


@pytest.mark.parametrize(("w", "x"), [((3, 3), (2, 2)), ((4, 5), (1, 3)), ((2, 2), (2, 2)), ((5, 1), (2, 1))])
def test_star_and_true_convolution(w, x):
    W, X = integers(*w), integers(*x)
    assert definitions.star(W, X).dtype == np.int64
    np.testing.assert_array_equal(definitions.star(W, X), signal.correlate2d(W, X, mode="valid"))
    np.testing.assert_array_equal(definitions.true_convolution(W, X), signal.convolve2d(W, X, mode="valid"))


def test_true_convolution_1d():
    f, g = integers(5), integers(3)
    np.testing.assert_array_equal(definitions.true_convolution_1d(f, g), np.convolve(f, g))


def test_channels():
    inputs, kernels = integers(2, 4, 5), integers(2, 3, 2, 3)
    expected = [
        sum(signal.correlate2d(inputs[i], kernels[i, j], mode="valid") for i in range(2)) for j in range(3)
    ]
    np.testing.assert_array_equal(definitions.channels(inputs, kernels), expected)


@pytest.mark.parametrize(("window", "stride"), [(2, 2), (2, 1), (3, 2), (2, 3), (1, 1)])
def test_max_pool(window, stride):
    A = integers(2, 8, 7)
    read = np.lib.stride_tricks.sliding_window_view(A, (window, window), axis=(1, 2))[:, ::stride, ::stride]
    np.testing.assert_array_equal(definitions.max_pool(A, window, stride), read.max(axis=(-1, -2)))


def test_the_rest():
    W, a, b = integers(3, 2), integers(2), integers(3)
    np.testing.assert_array_equal(definitions.linear(W, a, b), W @ a + b)
    assert definitions.maximum(np.array([5, 9, 7, 6])) == 9
    assert definitions.mean_squared_error(np.array([1, 2, 4]), np.array([0, 0, 0])) == Fraction(21, 3)
    assert definitions.mean_squared_error(np.array([1.0, 2.0]), np.zeros(2)) == 2.5
    x = integers(2, 3, 4)
    np.testing.assert_array_equal(definitions.flatten(x), x.ravel())
    np.testing.assert_array_equal(definitions.framed(x, 2), np.pad(x, ((0, 0), (2, 2), (2, 2))))


def test_no_definition_changes_its_inputs():
    W, a, b = integers(3, 2), integers(2), integers(3)
    for array in (W, a, b):
        array.setflags(write=False)
    definitions.linear(W, a, b)


def test_the_printed_tables_have_an_entry_for_each_partial_that_they_are_about():
    outputs = {(i, j) for i in range(2) for j in range(2)}
    assert len(printed.DY_DX) == len(printed.DY_DX_CORRECTED) == 16
    assert {p[:2] for p in printed.DY_DX_CORRECTED} == {(o, x) for o in outputs for x in outputs}
    assert len({p[:2] for p in printed.DY_DX}) == 12, "four labels are printed twice"
    assert {p[:2] for p in printed.DY_DW} == {(o, w) for o in outputs for w in np.ndindex(3, 3)}
    assert [p.value for p in printed.DY_DX] == [p.value for p in printed.DY_DX_CORRECTED]
    assert sum(p.value is not None for p in printed.DY_DW) == 16
