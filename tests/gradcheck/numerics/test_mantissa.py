"""Numbers show the type that they were computed in by their bits."""

import numpy as np
import pytest

from gradcheck.numerics import common_bits, unit_of_bits


def random(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize(("dtype", "bits"), [(np.float16, 11), (np.float32, 24), (np.float64, 53)])
def test_random_numbers_have_the_bits_of_their_type(dtype, bits):
    assert common_bits([random(9).astype(dtype).astype(float), random(2, 3).astype(dtype)]) == bits
    assert unit_of_bits(bits) == np.finfo(dtype).eps


def test_widest_array_counts():
    assert common_bits([random(9).astype(np.float16), random(9).astype(np.float32)]) == 24


@pytest.mark.parametrize("a", [np.zeros(3), np.array([1.0, -2.0, 0.0]), np.ones(()), np.zeros((0, 2))])
def test_round_numbers_have_no_fewer_than_the_narrowest_type(a):
    assert common_bits([a]) == 8
