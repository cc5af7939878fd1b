"""What a forward map may return, and how its cotangent looks."""

import re

import numpy as np
import pytest

from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.evaluation.outputs import fill_cotangent, read_output, read_tangent

X = np.ones((2, 3))


@pytest.mark.parametrize("value", [1.5, np.float64(2.0), np.array(0.5), X, X.astype(np.float32)])
def test_floating_point_array_or_number_is_an_output(value):
    assert np.array_equal(read_output("layer", "forward", value), value)


def test_output_keeps_its_dtype():
    assert read_output("layer", "forward", X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "got None"),
        ("y", "got a str"),
        ((X, None), "but y[1] is None"),
        ({"h": [X, "y"]}, "but y['h'][1] is a str"),
    ],
)
def test_output_that_is_no_array_breaks_the_contract(value, said):
    with pytest.raises(
        BrokenContract, match=re.escape(f"vjp of 'layer' must return arrays or numbers, {said}")
    ):
        read_output("layer", "vjp", value)


@pytest.mark.parametrize("value", [3, np.ones(2, dtype=int), np.array([True])])
def test_output_without_a_derivative_cannot_be_verified(value):
    dtype = np.asarray(value).dtype
    with pytest.raises(CannotVerify, match=f"returned {dtype} values, which have no derivative"):
        read_output("layer", "forward", value)


def test_nested_output_is_strung_together_without_its_integers():
    y = {"h": X, "count": 3, "z": np.array([1 + 2j])}
    assert read_output("layer", "forward", y).tolist() == [1.0] * 6 + [1.0, 2.0]


def test_cotangent_of_a_nested_output_has_its_structure():
    y = {"h": X, "count": 3, "z": np.array([1 + 2j], np.complex64)}
    bar = fill_cotangent(y, np.arange(8.0))
    assert bar["h"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert bar["count"] is None
    assert bar["z"].dtype == np.complex64
    assert bar["z"][0] == 6 + 7j


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (X, "must return the pair (y, y_dot), got an array of float64"),
        ((X, X[0]), "a y_dot that is float64 (3,), expected float64 (2, 3) as y is"),
        (((X, X), (X,)), "a y_dot that is a tuple of 1, expected a tuple of 2 as y is"),
    ],
)
def test_jvp_of_another_form_breaks_the_contract(returned, said):
    with pytest.raises(BrokenContract, match=re.escape(said)):
        read_tangent("layer", returned)
