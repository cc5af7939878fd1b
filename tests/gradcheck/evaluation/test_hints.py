"""Exceptions that a declaration would mend say which."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

RNG = np.random.default_rng(0)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z, y):
    return -np.mean(np.log(softmax(z)[np.arange(len(z)), y]))


def backward(y_bar, z, y):
    p = softmax(z)
    p[np.arange(len(z)), y] -= 1
    return y_bar * p / len(z), None


SHAPES = {"z": "n k", "y": "n"}


def test_labels_that_are_drawn_as_floats_are_told_how_to_declare_them():
    report = check(Layer.from_backward(cross_entropy, backward, shapes=SHAPES), max_examples=5)
    declared = 'declare dtype={"y": "int64"}, domain={"y": (0, "k-1")}, constants=("y",)'
    assert report.verdict is Verdict.UNVERIFIED
    assert f"if 'y' holds labels or indices, {declared}" in str(report)
    fields = {"dtype": {"y": "int64"}, "domain": {"y": (0, "k-1")}, "constants": ("y",)}
    layer = Layer.from_backward(cross_entropy, backward, shapes={"z": "n k", "y": "n"}, **fields)
    assert check(layer, max_examples=20).verdict is not Verdict.WRONG


def test_labels_that_are_floats_at_a_point_are_told_to_be_integers():
    report = check(
        Layer.from_backward(cross_entropy, backward), RNG.normal(size=(2, 3)), np.array([0.0, 2.0])
    )
    assert "pass integers, as y.astype(int)" in str(report)


def test_labels_that_are_declared_constant_lack_their_dtype_alone():
    layer = Layer.from_backward(cross_entropy, backward, shapes=SHAPES, constants=("y",))
    said = str(check(layer, max_examples=5))
    assert """declare dtype={"y": "int64"}, domain={"y": (0, "k-1")}\n""" in said


def logarithm(**fields):
    return Layer.from_backward(np.log, lambda y_bar, x: y_bar / x, **fields)


def test_input_for_which_forward_is_not_finite_is_told_how_to_be_bounded():
    report = check(logarithm(shapes={"x": "n"}), max_examples=20)
    assert report.verdict is Verdict.UNVERIFIED
    assert """if 'x' has bounds, declare them, as domain={"x": (0.1, 4.0)}""" in str(report)
    assert check(logarithm(shapes={"x": "n"}, domain={"x": (0.1, 4.0)}), max_examples=20)


@pytest.mark.parametrize(
    ("layer", "primals"),
    [
        (logarithm(), (np.array([-1.0]),)),
        (logarithm(shapes={"x": "n"}, domain={"x": (-4.0, -1.0)}), ()),
    ],
    ids=["a point", "bounds"],
)
def test_bounds_are_not_asked_for_where_they_would_not_help(layer, primals):
    report = check(layer, *primals, max_examples=5)
    assert "not finite" in str(report)
    assert "domain=" not in str(report)


@pytest.mark.parametrize("call", [lambda x: [1, 2][x[0]], lambda x: range(x[0])])
def test_single_input_is_not_taken_for_labels(call):
    report = check(Layer.from_gradient(call, lambda x: x), np.ones(1))
    assert "labels" not in str(report)
