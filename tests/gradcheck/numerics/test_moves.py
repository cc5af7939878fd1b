"""Inputs move by random, signed, dense steps; the predicted change is that of the move as it was made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck._util.arrays import CHUNK, rms
from gradcheck.numerics.moves import DOWN, SHORT, UP, move
from tests.gradcheck.example_layers import SQUARE, point_of

H = 1e-5
SIZES = st.sampled_from((1, 2, 7, SHORT, SHORT + 1, CHUNK, CHUNK + 3))


def weighted(*primals):
    """Return Σ over all inputs of their sum, weighted so that no entry is capped."""
    return sum(x.sum() for x in primals) + 1e6


SUM = Layer(weighted, lambda *xs: (weighted(*xs), lambda y_bar: tuple(y_bar * np.ones_like(x) for x in xs)))


def moved(point, seed=0):
    sides = {UP: {}, DOWN: {}}
    near = point.near_jointly()
    sums = move(near, near.xs, H, np.random.default_rng(seed), sides)
    return sides, sums


def normal(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=n) for n in sizes)


@given(st.lists(SIZES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_every_entry_moves_by_one_to_two_steps_of_its_own_input(sizes, seed):
    primals = tuple(10.0**k * x for k, x in enumerate(normal(*sizes)))
    sides, _ = moved(point_of(SUM, *primals), seed)
    for i, x in enumerate(primals):
        for side in sides.values():
            steps = np.abs(side[i] - x) / (H * rms(x))
            assert np.all((steps > 1 - 1e-6) & (steps < 2 + 1e-6))
        assert np.allclose(sides[UP][i] - x, x - sides[DOWN][i], rtol=1e-6)


@pytest.mark.parametrize("size", [1000, 5000, 30 * CHUNK])
def test_steps_have_both_signs_and_all_sizes(size):
    (x,) = normal(size)
    steps = (moved(point_of(SUM, x))[0][UP][0] - x) / (H * rms(x))
    assert 0.4 * size < np.sum(steps > 0) < 0.6 * size
    assert np.ptp(np.abs(steps)) > 0.9
    assert len(np.unique(steps.round(7))) > 0.9 * size


def test_no_two_parts_of_a_long_input_move_alike():
    (x,) = normal(3 * CHUNK)
    steps = (moved(point_of(SUM, x))[0][UP][0] - x).reshape(3, CHUNK)
    assert all(np.abs(steps[a] - steps[b]).min() > 0.0 for a, b in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("sizes", [(3, 5), (3, 2 * SHORT), (2 * CHUNK + 1, 4)])
def test_predicted_change_is_that_of_the_move_as_it_was_made(sizes):
    primals = normal(*sizes)
    sides, sums = moved(point_of(SUM, *primals))
    for i in range(len(sizes)):
        change = sides[UP][i] - sides[DOWN][i]  # the cotangent is constant
        bar = float(point_of(SUM, *primals).y_bar)
        assert sums[i] == pytest.approx((bar * change.sum(), abs(bar) * np.linalg.norm(change)))


def test_inputs_keep_their_shapes_and_dtypes():
    primals = np.ones((2, 3)), np.ones(4, np.float32), np.float64(2.0), np.ones((60, 60), np.float32)
    sides, sums = moved(point_of(SUM, *primals))
    assert set(sums) == {0, 1, 2, 3}
    for side in sides.values():
        assert [(side[i].shape, side[i].dtype) for i in range(4)] == [
            (np.shape(x), np.asarray(x).dtype) for x in primals
        ]


@pytest.mark.parametrize("size", [3, SHORT + 1])
def test_entry_whose_effect_would_exceed_the_output_moves_less(size):
    x = np.full(size, 1e8)
    steep = Layer(np.sin, lambda x: (np.sin(x), lambda y_bar: y_bar * np.cos(x)))
    point = point_of(steep, x)
    sides, _ = moved(point)
    effect = np.abs(point.x_bar(0) * (sides[UP][0] - x)) / H
    assert np.all(effect <= 2.1 * point.size)


def test_same_state_of_the_generator_gives_the_same_move():
    point = point_of(SQUARE, *normal(50))
    assert np.array_equal(moved(point, 1)[0][UP][0], moved(point, 1)[0][UP][0])
    assert not np.array_equal(moved(point, 1)[0][UP][0], moved(point, 2)[0][UP][0])
