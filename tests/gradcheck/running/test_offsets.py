"""Inputs far from zero beside their spread: digits are lost on the way, and no gradient is wrong for it."""

import numpy as np
import pytest

import gradcheck
from derivations.attention import attention, attention_vjp
from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import elementwise


def far(seed, *shapes, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=shape) + 10.0 ** rng.uniform(1, 6)).astype(dtype) for shape in shapes]


def attention_of(factor):
    """Return attention with the cotangent of the queries off by a factor."""

    def vjp(q, k, v):
        y, pullback = attention_vjp(q, k, v)

        def pulled(y_bar):
            q_bar, k_bar, v_bar = pullback(y_bar)
            return factor * q_bar, k_bar, v_bar

        return y, pulled

    return Layer(attention, vjp)


def squared_after_an_offset(factor):
    return elementwise(lambda x: ((x + 1e6) - 1e6) ** 2, lambda x: factor * 2 * ((x + 1e6) - 1e6))


@pytest.mark.parametrize(("seed", "dtype"), [(6, "float64"), (7, "float64"), (7, "float32"), (8, "float32")])
def test_attention_of_keys_far_from_zero_is_not_wrong(seed, dtype):
    """The offset of the keys multiplies what rounding leaves of cotangents that add up to zero."""
    primals = far(seed, (1, 2, 4, 3), (1, 2, 4, 3), (1, 2, 4, 3), dtype=dtype)
    assert gradcheck.check(attention_of(1.0), *primals, seed=seed).verdict is not Verdict.WRONG


def test_attention_is_wrong_where_digits_are_left():
    primals = [3.0 + np.random.default_rng(i).normal(size=(1, 2, 4, 3)) for i in range(3)]
    assert gradcheck.check(attention_of(1.001), *primals).verdict is Verdict.WRONG


@pytest.mark.parametrize("seed", [4, 6, 8])
def test_offset_that_takes_half_of_the_digits_makes_nothing_wrong(seed):
    x = 1e-4 * np.random.default_rng(seed).normal(size=2)
    assert gradcheck.check(squared_after_an_offset(1.0), x, seed=seed).verdict is not Verdict.WRONG


@pytest.mark.parametrize("seed", range(5))
def test_what_is_wrong_by_more_than_the_lost_digits_stays_wrong(seed):
    x = np.random.default_rng(seed).uniform(1e-3, 2e-3, 2)
    assert gradcheck.check(squared_after_an_offset(1.01), x, seed=seed).verdict is Verdict.WRONG


@pytest.mark.parametrize("seed", range(5))
def test_solutions_of_a_nearly_singular_system_are_not_wrong(seed):
    rng = np.random.default_rng(seed)
    a = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-9]]) * rng.uniform(1.0, 2.0)

    def backward(y_bar, a, b):
        b_bar = np.linalg.solve(a.T, y_bar)
        return -np.outer(b_bar, np.linalg.solve(a, b)), b_bar

    layer = Layer.from_backward(np.linalg.solve, backward)
    assert gradcheck.check(layer, a, rng.normal(size=2), seed=seed).verdict is not Verdict.WRONG


def doubled(x):
    """Return 2 tanh x, the end of y ← y/2 + tanh x, which is reached when nothing changes any more."""
    y = np.zeros_like(x)
    while True:
        y, last = 0.5 * y + np.tanh(x), y
        if np.array_equal(y, last):
            return y


@pytest.mark.parametrize("factor", [1.0, 1.0001])
def test_iteration_until_nothing_changes_comes_to_an_end(factor):
    layer = elementwise(doubled, lambda x: factor * 2 * (1 - np.tanh(x) ** 2))
    x = np.random.default_rng(0).uniform(-1.0, 1.0, 40)
    expected = Verdict.CORRECT if factor == 1.0 else Verdict.WRONG
    assert gradcheck.check(layer, x).verdict is expected
