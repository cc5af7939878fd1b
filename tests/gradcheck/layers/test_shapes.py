"""The shape language: letters, numbers, sums and products, any shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.layers.shapes import call_with_known, evaluate_shape, fits, letters, malformed_axis

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,3}", fullmatch=True)
SIZES = st.dictionaries(NAMES, st.integers(0, 9), min_size=1)


@pytest.mark.parametrize(
    ("shape", "solved"),
    [
        ("", ()),
        ("n", (2,)),
        ("n h w", (2, 3, 5)),
        ("7", (7,)),
        ("n*h w", (6, 5)),
        ("2*n*h 1", (12, 1)),
        ("h+w-1", (7,)),
        ("2*h+1 w-h-n", (7, 0)),
        ("n-h", (-1,)),
        ("1+1+1-4*n", (-5,)),
        ("...", (8, 9)),
        ("n ... w", (2, 8, 9, 5)),
        ("  n   h ", (2, 3)),
    ],
)
def test_shape_is_solved(shape, solved):
    assert evaluate_shape(shape, {"n": 2, "h": 3, "w": 5}, (8, 9)) == solved


def test_any_shape_is_a_scalar_s_unless_given():
    assert evaluate_shape("...", {}) == ()


def test_letter_without_a_size_is_a_key_error():
    with pytest.raises(KeyError, match="m"):
        evaluate_shape("n m", {"n": 1})


@given(SIZES)
def test_letters_joined_by_blanks_solve_to_their_sizes(sizes):
    assert evaluate_shape(" ".join(sizes), sizes) == tuple(sizes.values())


@given(SIZES)
def test_product_of_letters_solves_to_the_product(sizes):
    expected = 1
    for size in sizes.values():
        expected *= size
    assert evaluate_shape("*".join(sizes), sizes) == (expected,)


@given(st.lists(NAMES))
def test_letters_are_each_once_in_the_order_of_reading(names):
    assert letters([" ".join(names), "*".join(names), "3 ..."]) == tuple(dict.fromkeys(names))


@given(st.lists(st.tuples(st.sampled_from("+-"), NAMES), min_size=1), st.integers(0, 9))
def test_sum_of_letters_solves_to_the_sum(terms, first):
    sizes = {name: len(name) for _, name in terms}
    expected = first + sum(len(name) if sign == "+" else -len(name) for sign, name in terms)
    assert evaluate_shape(str(first) + "".join(sign + name for sign, name in terms), sizes) == (expected,)


def test_shapes_fit_unless_an_axis_is_negative():
    assert fits(["h-p+1", "n"], {"h": 3, "p": 4, "n": 0})
    assert not fits(["n", "h-p"], {"h": 3, "p": 4, "n": 0})
    assert fits(["...", ""], {})


def test_predicate_is_asked_with_what_it_names():
    known = {"n": 2, "m": 3}
    assert call_with_known(lambda n: n == 2, known) is True
    assert call_with_known(lambda **all_of_them: len(all_of_them), known) is True
    assert call_with_known(lambda m, n: m < n, known) is False
    with pytest.raises(KeyError, match="k"):
        call_with_known(lambda k: True, known)


def test_predicate_that_cannot_be_hashed_is_asked_too():
    class Least:
        def __init__(self, least):
            self.least = least

        def __eq__(self, other):
            return isinstance(other, Least) and self.least == other.least

        def __call__(self, n):
            return n >= self.least

    assert call_with_known(Least(2), {"n": 2, "m": 7}) is True
    assert call_with_known(Least(3), {"n": 2, "m": 7}) is False


def test_letters_look_into_products_and_leave_numbers_out():
    assert letters(["n g*i 3", "o*2 ...", "", "h+p-1"]) == ("n", "g", "i", "o", "h", "p")


@pytest.mark.parametrize(
    "shape", ["", "n", "n i", "g*i", "2*n", "h+p-1", "n-2*p", "n_1 K", "...", "n ... 3", "batch"]
)
def test_every_word_of_the_language_is_known(shape):
    assert malformed_axis(shape) is None


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ("n/2", "n/2"),
        ("n+", "n+"),
        ("-n", "-n"),
        ("n+-1", "n+-1"),
        ("n,m", "n,m"),
        ("n m- k?", "m-"),
        ("*n", "*n"),
        ("n**2", "n**2"),
        ("2n", "2n"),
        ("(n)", "(n)"),
        ("....", "...."),
        ("-1", "-1"),
        ("1.5", "1.5"),
    ],
)
def test_first_axis_outside_the_language_is_named(shape, axis):
    assert malformed_axis(shape) == axis
