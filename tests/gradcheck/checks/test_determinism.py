"""The same input gives the same bits."""

import itertools
import random

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import SQUARE, outcome, square
from tests.nightly import by_night

X = np.array([1.0, -2.0, 3.0])


def test_forward_that_changes_by_one_bit_is_wrong():
    count = itertools.count()
    layer = Layer(lambda x: np.nextafter(x, np.inf) if next(count) else x * 1.0, SQUARE.vjp)
    found = outcome("determinism", layer, X)
    assert found.verdict is Verdict.WRONG
    text = "forward, called twice with the same input, returns different values by a relative "
    assert found.reason.startswith(text + "1e-16: if it adds up in no fixed order")
    assert found.reason.endswith("declare Layer(…, nondeterministic=1e-14)")


def test_vjp_that_changes_from_call_to_call_is_wrong():
    count = itertools.count()

    def vjp(x):
        noise = next(count)
        return square(x), lambda y_bar: 2 * x * y_bar + 1e-12 * noise

    found = outcome("determinism", Layer(square, vjp), X)
    assert found.verdict is Verdict.WRONG
    text = "the cotangent of 'x', computed twice from the same input, differs by a relative 1e-13"
    assert found.reason.startswith(text)


def test_same_bits_are_deterministic_even_where_they_are_nan():
    layer = Layer(square, lambda x: (square(x), lambda y_bar: x * np.nan))
    assert outcome("determinism", layer, X).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (
            np.random.random_sample,
            'numpy.random, which everybody shares; .*options={"rng": (np.random.default',
        ),
        (random.random, 'random, which everybody shares; .*options={"rng": (random.Random(0),)}'),
    ],
)
def test_layer_that_draws_from_a_global_generator_is_told_how_to_take_its_own(draw, said):
    found = outcome("determinism", Layer(lambda x: x * draw(), SQUARE.vjp), X)
    assert found.verdict is Verdict.WRONG
    start, end = said.split(".*")
    assert "returns different values by a relative " in found.reason
    assert f": it draws from {start}" in found.reason
    assert end in found.reason
    found = outcome("determinism", Layer(square, lambda x: (square(x), lambda y: draw() * x * y)), X)
    assert "differs by a relative " in found.reason
    assert f": it draws from {start}" in found.reason


def test_option_that_the_first_call_uses_up_is_told():
    layer = Layer(lambda x, *, sizes: x * sum(sizes), lambda x, *, sizes: (x, lambda y: y))
    found = outcome("determinism", layer, X, sizes=(n for n in (1, 2)))
    assert found.reason.endswith(
        "its option 'sizes', an iterator, is used up by the first call; pass a list or a tuple"
    )


@pytest.mark.parametrize("seed", range(by_night(4, by_day=1)))
@pytest.mark.parametrize("size", [1e-1, 1e-2, 1e-3, 1e-4])
def test_right_gradient_of_a_forward_that_draws_at_random_is_not_called_wrong(size, seed):
    rng = np.random.default_rng(seed)
    layer = Layer.from_backward(
        lambda x: np.sin(x) * (1.0 + size * rng.normal(size=x.shape)),
        lambda y_bar, x: y_bar * np.cos(x),
        name="noisy",
        shapes={"x": "n"},
    )
    report = check(layer, seed=seed)
    assert report.verdict is Verdict.FLAWED
    assert report.findings[0].check == "determinism"


def test_wrong_gradient_of_sums_in_no_fixed_order_stays_wrong():
    rng = np.random.default_rng(0)
    layer = Layer.from_backward(
        lambda x: np.sin(x) * (1.0 + 1e-7 * rng.normal(size=x.shape)),
        lambda y_bar, x: 2.0 * y_bar * np.cos(x),
        name="noisy",
        shapes={"x": "n"},
    )
    assert check(layer).verdict is Verdict.WRONG
