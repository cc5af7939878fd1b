"""A constant is named only where every option was varied, and under the condition in which it holds."""

import numpy as np
import pytest

from tests.gradcheck.diagnosis.named import first, layer_of, said

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")

FACTORS = {"2/k": lambda k: 2 / k, "k/2": lambda k: k / 2, "k-1": lambda k: k - 1.0, "3/k": lambda k: 3 / k}


def times(factor, **options):
    (name,) = options
    return layer_of(
        lambda x, **given: np.sin(x),
        lambda g, x, **given: g * np.cos(x) * factor(given[name]),
        shapes={"x": "n"},
        options=options,
    )


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_factor_that_depends_on_an_option_is_no_plain_number(name, seed):
    assert first(times(FACTORS[name], k=(1, 2, 3)), seed=seed) == ()


def test_odds_are_not_three_times():
    assert first(times(lambda p: (1 - p) / p, p=(0.25, 0.5, 0.75))) == ()


def test_ratio_of_a_pair_is_not_twice():
    assert first(times(lambda pair: pair[1] / pair[0], kernel=((1, 2), (2, 2), (3, 1)))) == ()


def test_condition_is_named_where_one_value_alone_is_wrong():
    assert (
        said(times(lambda k: 2.0 if k == 2 else 1.0, k=(1, 2, 3)))
        == "with k=2: it is twice what it should be"
    )


def test_factor_below_one_makes_it_smaller():
    assert said(times(lambda keep: keep, keep=(0.8, 0.9))) == "it is too small by a factor, 'keep'"


def test_pair_that_is_swapped_is_named():
    layer = layer_of(
        lambda x, *, scales: x * np.array(scales)[:, None],
        lambda g, x, *, scales: g * np.array(scales[::-1])[:, None],
        shapes={"x": "2 k"},
        options={"scales": ((1.0, 2.0), (3.0, 0.5))},
    )
    assert first(layer) == ("option", "scales", "swapped")


def test_condition_on_a_size_is_named():
    layer = layer_of(
        lambda x: np.sin(x), lambda g, x: g * np.cos(x) * (1 if len(x) % 2 else -1), shapes={"x": "n"}
    )
    assert said(layer).startswith("where the size of axis 0 (n) of 'x' is even: it has the wrong sign")
