"""A function in its own precision lies near a plain one, as near as that precision lets it."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import outcome, square, square_vjp

X = np.array([0.3, -1.7, 2.9, 0.011, -0.7])


def narrow(dtype, factor=1.0, shift=0.0):
    """Return squares that are computed in a narrower type, off by a factor in the gradient, or by a shift."""

    def forward(x):
        x = x.astype(dtype)
        return (x * x).astype(float) + shift

    def vjp(x):
        return forward(x), lambda y_bar: dtype(factor) * 2 * x.astype(dtype) * y_bar.astype(dtype)

    return Layer(forward, vjp, reference=square_vjp, shapes={"x": "n"})


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_right_function_agrees_in_its_own_precision(dtype, seed):
    found = outcome("reference", narrow(dtype), X, seed=seed)
    assert found.verdict is Verdict.CORRECT, found.reason
    assert ("x" in found.sensitivities) is (dtype is not np.float16)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradient_that_is_off_by_two_percent_is_found(dtype):
    found = outcome("reference", narrow(dtype, factor=1.02), X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "in the cotangent of 'x' (input 1 of 1)"


def test_gradient_that_is_off_by_two_units_of_float32_is_found_in_float64():
    assert outcome("reference", narrow(np.float64, factor=1 + 2.0**-22), X).verdict is Verdict.WRONG


def test_forward_that_is_off_is_found():
    found = outcome("reference", narrow(np.float32, shift=0.01), X)
    assert (found.verdict, found.reason) == (Verdict.WRONG, "forward disagrees with the reference")


def test_numbers_below_those_of_float16_are_no_difference():
    x = np.array([1e-9, 0.3, -0.7])
    assert outcome("reference", narrow(np.float16), x).verdict is Verdict.CORRECT


def failing(x):
    message = "not today"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (failing, "the reference can't be used: reference of 'square' raised RuntimeError: not today"),
        (
            lambda x: (x[:1], lambda y_bar: x),
            "the reference of 'square' returned the shape (1,), forward (5,)",
        ),
    ],
)
def test_reference_that_does_not_serve_says_nothing_of_the_layer(reference, reason):
    found = outcome("reference", Layer(square, square_vjp, reference=reference), X)
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason.startswith(reason)
