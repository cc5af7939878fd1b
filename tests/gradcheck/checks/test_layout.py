"""The answer does not depend on the memory layout of inputs and cotangents."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import LINEAR, SQUARE, outcome, square

X = np.arange(1.0, 7.0).reshape(2, 3)


def test_forward_that_reads_memory_order_is_wrong():
    layer = Layer(
        lambda x: x.ravel(order="K") * 1.0, lambda x: (x.ravel() * 1.0, lambda y: y.reshape(x.shape))
    )
    found = outcome("layout", layer, X)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "y changes when the inputs are Fortran-ordered"


def test_pullback_that_reads_memory_order_is_wrong_and_located():
    def vjp(x):
        return square(x), lambda y_bar: 2 * x * y_bar.ravel(order="K").reshape(x.shape)

    found = outcome("layout", Layer(square, vjp), X)
    assert found.reason == "x_bar changes when the inputs are Fortran-ordered"
    assert found.locate().what == "x_bar"


def test_pullback_that_writes_into_its_input_fails_on_a_read_only_one():
    def vjp(x):
        def pullback(y_bar):
            y_bar[...] = 2 * x * y_bar
            return y_bar.copy()

        return square(x), pullback

    found = outcome("layout", Layer(square, vjp), X)
    assert found.verdict is Verdict.WRONG
    assert "raised ValueError" in found.reason
    assert found.reason.endswith("when its inputs are read-only")


def test_layer_that_sets_the_shape_in_place_fails_on_a_strided_input():
    def forward(x):
        flat = x.view(np.uint8).view(np.float64)
        return flat * 1.0

    found = outcome("layout", Layer(forward, lambda x: (x * 1.0, lambda y_bar: y_bar * 1.0)), X)
    assert found.verdict is Verdict.WRONG
    assert "Fortran-ordered" in found.reason or "strided" in found.reason


@pytest.mark.parametrize(
    "primals",
    [(np.ones((2, 3)), np.ones((3, 2)), np.ones(2)), (np.ones((1, 1)), np.ones((1, 1)), np.ones(1))],
)
def test_layer_that_reads_indices_only_is_right_in_every_layout(primals):
    assert outcome("layout", LINEAR, *primals).verdict is Verdict.CORRECT


@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array(3.0), np.ones((2, 0))])
def test_scalars_and_empty_arrays_have_every_layout(x):
    found = outcome("layout", SQUARE, x)
    assert (found.verdict, found.reason) == (Verdict.CORRECT, "")


def test_zero_dimensional_input_keeps_its_shape():
    seen = []
    layer = Layer(lambda x: seen.append(x.shape) or x * x, SQUARE.vjp)
    outcome("layout", layer, np.array(3.0))
    assert set(seen) == {()}


def test_broadcast_cotangent_that_is_taken_for_one_number_is_told():
    def backward(y_bar, x):
        return np.zeros_like(x) + (y_bar if y_bar.strides != (0,) or x.size < 2 else y_bar[0] / x.size)

    layer = Layer.from_backward(lambda x: x.copy(), backward, name="copy", shapes={"x": "n"})
    found = outcome("layout", layer, np.arange(1.0, 4.0))
    assert found.reason == "x_bar changes when the cotangent is a broadcast one, of stride 0"


def test_cotangent_of_stride_zero_that_can_t_be_written_is_told():
    def backward(y_bar, x):
        if y_bar.strides == (0,):
            y_bar *= 2.0
        return y_bar * 1.0

    layer = Layer.from_backward(lambda x: x.copy(), backward, name="copy", shapes={"x": "n"})
    assert outcome("layout", layer, np.arange(1.0, 4.0)).reason.endswith(
        "when its cotangent is a broadcast one, of stride 0"
    )
