"""Random values: inside their bounds, of the asked dtype, with the gaps that the checks rely on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcheck.sampling.values import KINDS, draw, integers, spread_integers, tied_integers

SHAPES = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
SEEDS = st.integers(0, 2**32 - 1)
DTYPES = ("float64", "float32")


def rng(seed: int = 0):
    return np.random.default_rng(seed)


@given(SHAPES, SEEDS)
def test_distinct_values_have_no_ties_and_no_zeros(shape, seed):
    a = draw("distinct", shape, None, "float64", rng(seed))
    assert len(np.unique(np.abs(a))) == a.size
    assert np.all(a != 0.0)
    assert np.array_equal(a, np.rint(a))


@given(st.sampled_from(tuple(KINDS)), SHAPES, st.sampled_from(DTYPES), SEEDS)
def test_every_kind_has_the_asked_shape_and_dtype_and_is_finite(kind, shape, dtype, seed):
    a = draw(kind, shape, None, dtype, rng(seed))
    assert (a.shape, a.dtype.name) == (shape, dtype)
    assert np.all(np.isfinite(a))


@given(st.sampled_from(tuple(KINDS)), SHAPES, SEEDS)
def test_same_generator_gives_the_same_values(kind, shape, seed):
    one, other = (draw(kind, shape, None, "float64", rng(seed)) for _ in range(2))
    assert np.array_equal(one, other)


def test_ties_hold_zeros_and_repeated_values():
    assert set(draw("ties", (100,), None, "float64", rng())) == {-1.0, 0.0, 1.0}


def test_scaled_values_reach_from_tiny_to_huge():
    sizes = [float(np.abs(draw("scaled", (4,), None, "float64", rng(seed))).max()) for seed in range(300)]
    assert min(sizes) < 1e-6
    assert max(sizes) > 1e6


BOUNDS = st.tuples(
    st.one_of(st.just(-np.inf), st.floats(-100, 100)), st.one_of(st.just(np.inf), st.floats(101, 200))
)


@given(st.sampled_from(tuple(KINDS)), BOUNDS, SHAPES, SEEDS)
def test_float64_values_stay_inside_their_bounds(kind, bounds, shape, seed):
    a = draw(kind, shape, bounds, "float64", rng(seed))
    assert a.shape == shape
    assert np.all((bounds[0] <= a) & (a <= bounds[1]))


@pytest.mark.parametrize("bounds", [(0.7, np.inf), (-np.inf, 0.1), (0.7, 0.7000002)])
def test_float32_values_stay_inside_their_bounds(bounds):
    """0.7 is no float32; the nearest one lies below it, and that of 0.1 above."""
    for kind in KINDS:
        a = draw(kind, (200,), bounds, "float32", rng()).astype(np.float64)
        assert a.min() >= bounds[0], kind
        assert a.max() <= bounds[1], kind


def test_bounded_values_use_the_whole_interval():
    a = draw("distinct", (1000,), (2.0, 3.0), "float64", rng())
    assert a.min() < 2.05
    assert a.max() > 2.95


@given(SHAPES, st.integers(1, 100), SEEDS)
def test_integers_are_whole_nonzero_and_no_larger_than_asked(shape, most, seed):
    a = integers(shape, most, rng(seed))
    assert a.shape == shape
    assert np.array_equal(a, np.rint(a))
    assert np.all((np.abs(a) >= 1) & (np.abs(a) <= most))


@given(SHAPES, st.sampled_from((4, 8, 32)), SEEDS)
def test_spread_integers_keep_their_gaps(shape, gap, seed):
    a = np.sort(spread_integers(shape, gap, rng(seed)), axis=None)
    assert np.array_equal(a, np.rint(a))
    assert np.all(np.diff(a) >= gap)
    assert np.all(np.abs(a) >= gap / 2)


@given(SHAPES, SEEDS)
def test_moves_below_a_quarter_of_the_gap_change_no_order_and_no_sign(shape, seed):
    a = spread_integers(shape, 32, rng(seed))
    moved = a + rng(seed).uniform(-8, 8, shape)
    assert np.array_equal(np.sign(a), np.sign(moved))
    assert np.array_equal(np.argsort(a, axis=None), np.argsort(moved, axis=None))


def test_spread_integers_have_both_signs():
    assert set(np.sign(spread_integers((4,), 8, rng()))) == {-1.0, 1.0}


def test_tied_integers_are_multiples_of_the_gap():
    assert set(tied_integers((100,), 8, rng())) == {-8.0, 0.0, 8.0}
