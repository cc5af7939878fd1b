"""Entries are put in the wrong places in ways that can be undone, and that have names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from gradcheck.diagnosis.arrangements import apply_along, shifts_and_rolls, transpositions_and_flips

SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=3)


def numbered(shape):
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


@given(SHAPES)
def test_turning_twice_is_turning_back(shape):
    a = numbered(shape)
    for _, arranged in transpositions_and_flips(shape):
        assert np.array_equal(arranged(arranged(a)), a)


@given(SHAPES)
def test_turning_moves_entries_and_changes_none(shape):
    a = numbered(shape)
    for _, arranged in transpositions_and_flips(shape):
        assert arranged(a).shape == shape
        assert np.array_equal(np.sort(arranged(a), axis=None), a.ravel())


@given(SHAPES)
def test_keys_are_unique(shape):
    keys = [key for key, _ in (*transpositions_and_flips(shape), *shifts_and_rolls(shape, 0.0))]
    assert len(set(keys)) == len(keys)


@given(SHAPES)
def test_rolling_there_and_back_changes_nothing(shape):
    a = numbered(shape)
    rolls = {key[1:]: arranged for key, arranged in shifts_and_rolls(shape, 0.0) if key[0] == "rolled"}
    for (by, *axes), arranged in rolls.items():
        back = rolls["-+"[by[0] == "-"] + by[1:], *axes]
        assert np.array_equal(back(arranged(a)), a)


@given(SHAPES, st.sampled_from([0.0, np.nan]))
def test_shift_is_a_roll_but_for_what_comes_in_at_the_edge(shape, filler):
    a = numbered(shape)
    found = {key: arranged(a) for key, arranged in shifts_and_rolls(shape, filler)}
    for key, shifted in found.items():
        if key[0] == "shifted":
            kept = ~(np.isnan(shifted) | (shifted == 0.0))
            assert np.array_equal(shifted[kept], found["rolled", *key[1:]][kept])
            assert 0 < kept.sum() < a.size


def test_only_axes_of_one_size_are_swapped():
    assert [key for key, _ in transpositions_and_flips((2, 3, 2)) if key[0] == "transposed"] == [
        ("transposed", -3, -1)
    ]


def test_an_amount_may_be_one_for_each_of_the_last_two_axes():
    shifts = dict(shifts_and_rolls((3, 3), 0.0, {"padding": (0, 2)}))
    assert shifts["shifted", "+padding", -2, -1](numbered((3, 3))).tolist() == [
        [0, 0, 1],
        [0, 0, 4],
        [0, 0, 7],
    ]
    assert ("shifted", "+padding", -2) not in shifts


@pytest.mark.parametrize(("first", "count"), [(0, 2), (1, 2), (2, 1)])
def test_axes_are_arranged_where_they_stand(first, count):
    a = numbered((2, 3, 2))
    axes = tuple(range(first, first + count))
    assert np.array_equal(apply_along(a, first, count, lambda b: np.flip(b, range(count))), np.flip(a, axes))
