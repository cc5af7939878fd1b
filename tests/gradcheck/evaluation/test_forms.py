"""Inputs, outputs and gradients in the forms in which NumPy takes them."""

import math
import warnings

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import trial_of

X = np.array([1.3, 0.7, 2.0])
with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    MATRIX = np.asmatrix([[1.0, 2.0]])


def verdict(layer, *primals):
    return check(layer, *primals).verdict


def chain(x):
    x = np.asarray(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


def chain_gradient(x):
    x = np.asarray(x)
    bar = np.zeros_like(x)
    bar[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    bar[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return bar


@pytest.mark.parametrize("x", [[1.3, 0.7, 0.8], (1.3, 0.7, 0.8), [2, 3, 5], [np.float64(1.3), 2]])
def test_list_of_numbers_at_a_point_is_an_array(x):
    assert verdict(Layer.from_gradient(chain, chain_gradient), x) is Verdict.CORRECT
    wrong = Layer.from_gradient(chain, lambda x: 1.001 * chain_gradient(x))
    assert verdict(wrong, x) is Verdict.WRONG


def test_list_stays_a_list_where_shapes_declare_one():
    def forward(xs):
        assert isinstance(xs, list)
        return xs[0] * xs[1]

    layer = Layer.from_backward(
        forward, lambda y_bar, xs: ([y_bar * xs[1], y_bar * xs[0]],), shapes={"xs": ["", ""]}
    )
    assert verdict(layer, [2.0, 3.0]) is Verdict.CORRECT


def test_list_of_arrays_stays_a_list():
    layer = Layer.from_backward(
        lambda xs: xs[0] * xs[1].sum(),
        lambda y_bar, xs: ([y_bar * xs[1].sum(), np.full(2, (y_bar * xs[0]).sum())],),
    )
    assert verdict(layer, [X, np.ones(2)]) is Verdict.CORRECT


def test_list_of_labels_among_the_constants_stays_as_it_is():
    def forward(x, labels):
        return x[:, labels].sum(axis=1)

    def backward(y_bar, x, labels):
        bar = np.zeros_like(x)
        for k in labels:
            bar[:, k] += y_bar
        return bar, None

    layer = Layer.from_backward(forward, backward, constants=("labels",))
    assert verdict(layer, np.array([[1.0, 2.0], [0.5, 3.0]]), [0, 1, 1]) is Verdict.CORRECT


GRADIENTS = {
    "list": lambda x: [2 * x[0], 3 * x[1] ** 2],
    "tuple": lambda x: (2 * x[0], 3 * x[1] ** 2),
    "Python numbers": lambda x: [2 * float(x[0]), 3 * float(x[1]) ** 2],
    "big-endian": lambda x: np.array([2 * x[0], 3 * x[1] ** 2]).astype(">f8"),
}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (n, d)
        for n in GRADIENTS
        for d in (np.float64, np.float32, ">f8")
        if (n, d) != ("big-endian", np.float32)
    ],
)
def test_gradient_may_be_a_list_or_tuple_of_numbers(name, dtype):
    layer = Layer.from_gradient(lambda x: x[0] ** 2 + x[1] ** 3, GRADIENTS[name])
    assert verdict(layer, np.array([1.0, 2.0]).astype(dtype)) is Verdict.CORRECT


def test_list_of_too_many_numbers_is_told_by_its_shape():
    report = check(Layer.from_gradient(lambda x: x @ x, lambda x: [*(2 * x), 0.0]), X)
    assert "the cotangent of 'x' has the shape (4,), expected (3,)" in str(report)


def test_list_of_one_entry_is_an_array_and_so_is_its_gradient():
    layer = Layer.from_gradient(lambda x: x[0] ** 3, lambda x: [3 * x[0] ** 2])
    assert verdict(layer, [2.0]) is Verdict.CORRECT
    assert verdict(layer, np.array([2.0])) is Verdict.CORRECT
    assert verdict(Layer.from_gradient(lambda x: x[0] ** 3, lambda x: [3 * x[0]]), [2.0]) is Verdict.WRONG


def test_lists_for_several_inputs_and_rows():
    layer = Layer.from_gradient(
        lambda w, b: float(np.sum(w**2) + b[0] ** 2), lambda w, b: ((2 * w).tolist(), [2 * b[0]])
    )
    assert verdict(layer, [[1.0, 2.0], [3.0, 4.0]], [5.0]) is Verdict.CORRECT


def test_python_floats_go_in_and_come_out():
    layer = Layer.from_gradient(lambda x: math.sin(x) * 2.0, lambda x: 2.0 * math.cos(x))
    assert verdict(layer, 0.3) is Verdict.CORRECT
    assert verdict(layer, np.float32(0.3)) is not Verdict.WRONG


def test_big_endian_point_is_right():
    layer = Layer.from_backward(lambda x: np.sin(x), lambda y_bar, x: y_bar * np.cos(x))
    assert verdict(layer, X.astype(">f8")) is Verdict.CORRECT


def test_memory_mapped_point_is_right_and_stays_as_it_is(tmp_path):
    x = np.memmap(tmp_path / "x", dtype=np.float64, mode="w+", shape=(3,))
    x[:] = X
    layer = Layer.from_backward(lambda x: np.sin(x), lambda y_bar, x: y_bar * np.cos(x))
    assert verdict(layer, x) is Verdict.CORRECT
    assert np.array_equal(x, X)


def test_array_without_axes_is_right():
    layer = Layer.from_backward(lambda x: np.sin(x), lambda y_bar, x: y_bar * np.cos(x))
    assert verdict(layer, np.array(0.3)) is Verdict.CORRECT


def assigning(y_bar, x):
    bar = y_bar.copy()
    bar[x <= 0] = 0
    return bar


def test_backward_may_write_into_the_cotangent_of_an_output_without_axes():
    layer = Layer.from_backward(lambda x: np.maximum(x, 0), assigning, shapes={"x": "..."})
    assert verdict(layer) is Verdict.CORRECT


def test_cotangent_of_one_of_numpy_s_numbers_is_an_array_that_is_a_number_too():
    seen = []

    def backward(y_bar, x):
        seen.append((type(y_bar), float(y_bar) * 2 == y_bar * 2))
        return y_bar * np.ones_like(x)

    trial_of(Layer.from_backward(np.sum, backward), X).linearise()[1](np.array(1.5))
    assert seen == [(np.ndarray, True)]


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (MATRIX, "pass np.asarray(x)"),
        (np.ma.masked_less(X, 1.0), "pass x.filled(0)"),
    ],
)
def test_arrays_of_another_class_are_refused_as_inputs(x, said):
    report = check(Layer.from_backward(lambda x: 2 * x, lambda y_bar, x: 2 * y_bar), x)
    assert report.verdict is Verdict.UNVERIFIED
    assert said in str(report)


def test_masked_array_among_the_constants_is_passed_on_with_its_mask():
    mask = np.ma.masked_less(X, 1.0)

    def forward(x, m):
        return np.where(m.mask, 0.0, x * m.data)

    layer = Layer.from_backward(
        forward, lambda y_bar, x, m: (np.where(m.mask, 0.0, y_bar * m.data), None), constants=("m",)
    )
    assert verdict(layer, X, mask) is not Verdict.WRONG
    wrong = Layer.from_backward(forward, lambda y_bar, x, m: (y_bar * m.data, None), constants=("m",))
    assert verdict(wrong, X, mask) is Verdict.WRONG


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("change", [np.asmatrix, lambda y: np.ma.masked_less(y, 2.0)])
def test_arrays_of_another_class_are_refused_as_outputs_and_cotangents(change):
    x = np.ones((2, 2))
    report = check(Layer.from_backward(lambda x: change(2.0 * x), lambda y_bar, x: 2.0 * y_bar), x)
    assert report.verdict is Verdict.UNVERIFIED
    assert "what forward of '<lambda>' returned is an array of float64 (numpy" in str(report)
    report = check(Layer.from_backward(lambda x: 2.0 * x, lambda y_bar, x: change(2.0 * y_bar)), x)
    assert "the cotangent of 'x' is an array of float64 (numpy" in str(report)
