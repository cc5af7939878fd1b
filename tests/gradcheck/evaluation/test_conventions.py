"""What a layer may take and return, and the sentence that says how it broke that form."""

import re

import numpy as np
import pytest

from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.evaluation.conventions import (
    Slot,
    arrange_cotangents,
    cotangent_leaves,
    read_cotangent,
    read_primal,
    split_vjp,
)

X = np.ones((2, 3))
NAMES = ("x", "w")
REAL, NUMBER, COMPLEX = Slot.of(X), Slot.of(1.0), Slot.of(X * 1j)


@pytest.mark.parametrize("value", [1.5, 2, True, np.float32(1.0), np.int8(3), np.array(0.5), X])
def test_real_array_or_number_is_a_primal(value):
    array = read_primal("layer", "x", value)
    assert isinstance(array, np.ndarray)
    assert array.shape == np.shape(value)
    assert np.array_equal(array, value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        ("text", "a str"),
        (np.array(["a"]), "an array of <U1"),
        (np.array([None]), "an array of object"),
    ],
)
def test_anything_else_is_no_primal(value, said):
    with pytest.raises(CannotVerify, match=f"^'x' of 'layer' is {said}; an array of numbers is expected"):
        read_primal("layer", "x", value)


def test_pair_of_value_and_pullback_is_taken_apart():
    assert split_vjp("layer", "vjp", (X, abs)) == (X, abs)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (X, "must return the pair (y, pullback), got an array of float64"),
        (None, "must return the pair (y, pullback), got None"),
        ((X, abs, abs), "must return the pair (y, pullback), got a tuple of 3"),
        ((X, X), "must return the pair (y, pullback), but pullback is an array of float64"),
        ((X, None), "must return the pair (y, pullback), but pullback is None"),
    ],
)
def test_anything_but_the_pair_breaks_the_contract(returned, said):
    with pytest.raises(BrokenContract) as broken:
        split_vjp("layer", "vjp", returned)
    assert str(broken.value) == f"vjp of 'layer' {said}"


def test_bare_cotangent_stands_for_a_tuple_of_one():
    (bar,) = arrange_cotangents("layer", X, ("x",))
    assert bar is X


def test_list_of_cotangents_is_a_tuple():
    assert arrange_cotangents("layer", [X, None], NAMES) == (X, None)


@pytest.mark.parametrize(
    ("returned", "counted"),
    [([X] * 3, "3 cotangents"), ((), "0 cotangents")],
)
def test_wrong_count_of_cotangents_names_the_inputs(returned, counted):
    with pytest.raises(BrokenContract) as broken:
        arrange_cotangents("layer", returned, NAMES)
    assert str(broken.value) == f"the pullback of 'layer' returned {counted}, expected 2 (x, w)"


@pytest.mark.parametrize("returned", [X, (X,)])
def test_last_inputs_without_a_cotangent_may_be_constants(returned):
    with pytest.raises(BrokenContract) as broken:
        arrange_cotangents("loss", returned, ("w", "data", "y"))
    assert str(broken.value) == (
        "the pullback of 'loss' returned 1 cotangent, expected 3 (w, data, y); "
        "inputs without a derivative are declared constants=('data', 'y')"
    )


def test_array_with_one_row_for_each_input_is_not_taken_for_a_tuple():
    with pytest.raises(BrokenContract, match=r"returned 1 cotangent, expected 2"):
        arrange_cotangents("layer", np.ones((2, 4)), NAMES)


def test_cotangent_of_the_primal_s_shape_is_accepted():
    assert read_cotangent("layer", "x", np.array(1.0), NUMBER, 2.0).shape == ()
    assert np.array_equal(read_cotangent("layer", "x", X, REAL, X), X)


@pytest.mark.parametrize(
    ("bar", "said"),
    [
        (
            None,
            "returned None for 'x', an input with a derivative: is a `return` missing? Return its cotangent",
        ),
        ("bar", "the cotangent of 'x' is a str, expected an array of float64"),
        (np.array([[None] * 3] * 2), "the cotangent of 'x' is an array of object"),
        (np.ones((3, 2)), "the cotangent of 'x' has the shape (3, 2), expected (2, 3)"),
        (np.ones((2, 3, 1)), "the cotangent of 'x' has the shape (2, 3, 1), expected (2, 3)"),
        (1.0, "the cotangent of 'x' has the shape (), expected (2, 3)"),
    ],
)
def test_cotangent_of_another_form_breaks_the_contract(bar, said):
    with pytest.raises(BrokenContract) as broken:
        read_cotangent("layer", "x", X, REAL, bar)
    assert said in str(broken.value)


def test_ragged_cotangent_breaks_the_contract():
    with pytest.raises(BrokenContract, match="the cotangent of 'x'"):
        read_cotangent("layer", "x", X, REAL, [[1.0], [1.0, 2.0]])


def test_complex_leaf_is_the_array_of_its_parts():
    z = np.array([1 + 2j, 3 - 4j])
    parts = read_primal("layer", "z", z)
    assert np.array_equal(parts, [[1, 2], [3, -4]])
    filled = COMPLEX.fill(parts)
    assert filled.dtype == z.dtype
    assert np.array_equal(filled, z)


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "clongdouble"])
def test_complex_leaf_keeps_its_precision(dtype):
    z = np.array([1 + 2j], dtype)
    assert Slot.of(z).fill(Slot.of(z).read(z)).dtype == z.dtype


def test_number_stays_a_number():
    assert isinstance(NUMBER.fill(np.array(1.5)), float)


def test_real_cotangent_of_a_complex_primal_breaks_the_contract():
    with pytest.raises(BrokenContract, match="its imaginary part is missing"):
        read_cotangent("layer", "z", np.ones((2, 2)), COMPLEX, np.ones(2))


def test_complex_cotangent_of_a_real_primal_breaks_the_contract():
    with pytest.raises(BrokenContract, match="take its real part"):
        read_cotangent("layer", "x", X, REAL, X * 1j)


def test_cotangents_may_come_by_name_and_without_the_constants():
    assert arrange_cotangents("layer", {"w": 1.0}, NAMES) == (None, 1.0)
    assert arrange_cotangents("layer", 1.0, NAMES, without=["x"]) == (None, 1.0)


def test_dict_of_other_names_breaks_the_contract():
    with pytest.raises(BrokenContract, match=re.escape("returned a dict of 'dx', 'dw', expected 2 (x, w)")):
        arrange_cotangents("layer", {"dx": 1.0, "dw": 1.0}, NAMES)


def test_cotangent_of_another_structure_breaks_the_contract():
    with pytest.raises(BrokenContract, match="'p' is a tuple of 1, expected a dict of 'W', 'b'"):
        cotangent_leaves("p", {"W": X, "b": X}, (X,))
