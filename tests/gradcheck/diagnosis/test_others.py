"""Causes that fit as well as the first are named, each of them once."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer
from tests.gradcheck.diagnosis.named import diagnosis, layer_of

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")

SHAPES = {"x": "n i", "w": "i o", "b": "o"}


def linear(x, w, b):
    return x @ w + b


def text_of(layer):
    return " ".join(str(gradcheck.check(layer)).split())


def test_message_names_another_cause_that_fits():
    layer = Layer.from_backward(np.exp, lambda g, x: g, name="exp", shapes={"x": "n k"})
    assert (
        "why it is the cotangent of the output as it comes, without the derivative (fits 6 failing examples; "
        "so does: it is the derivative with its own input zero)"
    ) in text_of(layer)


def test_mean_of_a_batch_is_not_told_as_a_mean_and_as_a_division():
    layer = layer_of(linear, lambda g, x, w, b: (g @ w.T, x.T @ g, g.mean(axis=0)), shapes=SHAPES)
    assert [cause.key for cause in diagnosis(layer).causes] == [("divided by size", "x", (0,))]


def test_first_row_of_a_batch_is_not_told_as_a_slice_and_as_an_assignment():
    layer = layer_of(
        linear, lambda g, x, w, b: (g @ w.T, x.T @ g, g[0]), shapes=SHAPES, where=lambda n: n >= 1
    )
    assert [cause.key for cause in diagnosis(layer).causes] == [("slice", -2, "first")]


def test_size_that_two_axes_with_one_letter_have_is_named_once():
    layer = layer_of(linear, lambda g, x, w, b: (g @ w.T, x.T @ g / len(x), g.sum(axis=0)), shapes=SHAPES)
    sizes = [cause.key for cause in diagnosis(layer).causes if cause.key[0] == "divided by size"]
    assert sizes == [("divided by size", "x", (0,))]


def test_sizes_that_are_equal_by_chance_are_both_named():
    x, w, b = np.ones((3, 2)), np.ones((2, 3)), np.ones(3)
    layer = layer_of(linear, lambda g, x, w, b: (g @ w.T, x.T @ g / len(x), g.sum(axis=0)))
    found = diagnosis(layer, x, w, b)
    assert len(found.causes) > 1


def test_one_mistake_in_two_words_is_told_once():
    layer = layer_of(lambda x: np.sin(x) * 2, lambda g, x: g * (2 * np.cos(x)) ** 2, shapes={"x": "n k"})
    said = [cause.said for cause in diagnosis(layer).causes]
    assert len(said) == len(set(said))
