"""Rational inner products: not one bit is lost."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcheck.numerics.exact import difference, inner, is_exact

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(npst.arrays(np.float64, (2, 5), elements=FINITE))
def test_inner_product_is_the_rational_one(pair):
    expected = sum((Fraction(p) * Fraction(q) for p, q in zip(*pair.tolist(), strict=True)), Fraction(0))
    assert inner(pair[0], pair[1]) == expected


def test_inner_product_keeps_what_floating_point_loses():
    assert inner(np.array([1e300, 1.0, -1e300]), np.array([1e300, 1.0, 1e300])) == 1


def test_inner_product_of_nothing_is_zero():
    assert inner(np.zeros((0, 2)), np.zeros((0, 2))) == 0


def test_difference_is_taken_in_double_precision():
    a, b = np.array([2.0**24], dtype=np.float32), np.array([-1.0], dtype=np.float32)
    assert difference(a, b).tolist() == [2.0**24 + 1.0]


def test_small_integers_are_exact_and_huge_ones_are_not():
    assert is_exact(np.array([2.0**48, -3.0]))
    assert not is_exact(np.array([2.0**49]))
    assert is_exact(np.array([2.0**19], dtype=np.float32))
    assert not is_exact(np.array([2.0**20], dtype=np.float32))


def test_non_finite_values_are_not_exact():
    assert not is_exact(np.ones(2), np.array([np.inf]))
    assert not is_exact(np.array([np.nan]))


@pytest.mark.parametrize("scale", [1.0, 2.0**-6, 2.0**-12, 0.1, 2.0**45])
def test_inner_product_of_anything_is_that_of_fractions(scale):
    rng = np.random.default_rng(0)
    a, b = rng.integers(-100, 100, (3, 4)) * 1.0, rng.integers(-8, 9, (3, 4)) * scale
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    assert inner(a, b) == sum(Fraction(p) * Fraction(q) for p, q in pairs)
