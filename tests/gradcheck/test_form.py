"""What a layer may take and return, and the sentence that says how it broke that form."""

import numpy as np
import pytest

from gradcheck import form
from gradcheck.errors import BrokenContract, CannotVerify

X = np.ones((2, 3))
NAMES = ("x", "w")


@pytest.mark.parametrize("value", [1.5, 2, True, np.float32(1.0), np.int8(3), np.array(0.5), X])
def test_real_array_or_number_is_a_primal(value):
    array = form.primal("layer", "x", value)
    assert isinstance(array, np.ndarray)
    assert array.shape == np.shape(value)
    assert np.array_equal(array, value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        ("text", "a str"),
        ([1.0, 2.0], "a list of 2"),
        ((1.0,), "a tuple of 1"),
        (1j, "a complex"),
        (np.ones(2, dtype=complex), "an array of complex128"),
        (np.array(["a"]), "an array of <U1"),
        (np.array([None]), "an array of object"),
    ],
)
def test_anything_else_is_no_primal(value, said):
    with pytest.raises(
        CannotVerify, match=f"^'x' of 'layer' is {said}; an array of real numbers is expected"
    ):
        form.primal("layer", "x", value)


@pytest.mark.parametrize("value", [1.5, np.float64(2.0), np.array(0.5), X, X.astype(np.float32)])
def test_floating_point_array_or_number_is_an_output(value):
    assert np.array_equal(form.output("layer", "forward", value), value)


def test_output_keeps_its_dtype():
    assert form.output("layer", "forward", X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "said"), [(None, "None"), ((X, X), "a tuple of 2"), ([1.0], "a list of 1"), ("y", "a str")]
)
def test_output_that_is_no_array_breaks_the_contract(value, said):
    with pytest.raises(BrokenContract, match=f"^vjp of 'layer' must return one array or number, got {said}$"):
        form.output("layer", "vjp", value)


@pytest.mark.parametrize("value", [3, np.ones(2, dtype=int), np.ones(2, dtype=complex), np.array([True])])
def test_output_without_a_derivative_cannot_be_verified(value):
    dtype = np.asarray(value).dtype
    with pytest.raises(CannotVerify, match=f"returned {dtype} values, which have no derivative"):
        form.output("layer", "forward", value)


def test_pair_of_value_and_pullback_is_taken_apart():
    assert form.linearised("layer", "vjp", (X, abs)) == (X, abs)


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
        form.linearised("layer", "vjp", returned)
    assert str(broken.value) == f"vjp of 'layer' {said}"


def test_bare_cotangent_stands_for_a_tuple_of_one():
    (bar,) = form.cotangents("layer", X, ("x",))
    assert bar is X


def test_list_of_cotangents_is_a_tuple():
    assert form.cotangents("layer", [X, None], NAMES) == (X, None)


@pytest.mark.parametrize(
    ("returned", "counted"),
    [(X, "1 cotangent"), ((X,), "1 cotangent"), ([X] * 3, "3 cotangents"), ((), "0 cotangents")],
)
def test_wrong_count_of_cotangents_names_the_inputs(returned, counted):
    with pytest.raises(BrokenContract) as broken:
        form.cotangents("layer", returned, NAMES)
    assert str(broken.value) == f"the pullback of 'layer' returned {counted}, expected 2 (x, w)"


def test_array_with_one_row_for_each_input_is_not_taken_for_a_tuple():
    with pytest.raises(BrokenContract, match=r"returned 1 cotangent, expected 2"):
        form.cotangents("layer", np.ones((2, 4)), NAMES)


def test_cotangent_of_the_primal_s_shape_is_accepted():
    assert form.cotangent("layer", "x", np.array(1.0), 2.0).shape == ()
    assert np.array_equal(form.cotangent("layer", "x", X, X), X)


@pytest.mark.parametrize(
    ("bar", "said"),
    [
        (None, "returned None for 'x', an input with a derivative; return its cotangent, or declare"),
        ("bar", "the cotangent of 'x' is a str, expected an array of float64"),
        (np.array([[None] * 3] * 2), "the cotangent of 'x' is an array of object"),
        (np.ones((3, 2)), "the cotangent of 'x' has the shape (3, 2), expected (2, 3)"),
        (np.ones((2, 3, 1)), "the cotangent of 'x' has the shape (2, 3, 1), expected (2, 3)"),
        (1.0, "the cotangent of 'x' has the shape (), expected (2, 3)"),
    ],
)
def test_cotangent_of_another_form_breaks_the_contract(bar, said):
    with pytest.raises(BrokenContract) as broken:
        form.cotangent("layer", "x", X, bar)
    assert said in str(broken.value)


def test_ragged_cotangent_breaks_the_contract():
    with pytest.raises(BrokenContract, match="the cotangent of 'x'"):
        form.cotangent("layer", "x", X, [[1.0], [1.0, 2.0]])
