"""Wrong entries are told by the simplest words that hold in every example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes

from gradcheck.diagnosis.regions import list_indices, region_of, regions


@given(array_shapes(min_dims=0, max_dims=3, max_side=3))
def test_region_fits_any_shape(shape):
    for _, region in regions(len(shape), None):
        assert np.broadcast_to(region(shape), shape).dtype == bool


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (np.s_[:], "every entry"),
        (np.s_[-1], "the last index of axis 0"),
        (np.s_[:, 0], "the first index of axis 1"),
        (np.s_[1:], "every index ≥ 1 of axis 0"),
        (np.s_[:, :-1], "every index of axis 1 but the last"),
        (np.s_[-1, -1], "the last entry"),
        (np.s_[0, 0], "the first entry"),
    ],
)
def test_pattern_of_all_examples_is_told(index, said):
    assert region_of([_at(shape, index) for shape in ((3, 4), (4, 3))]) == said


def _at(shape, index):
    chosen = np.zeros(shape, bool)
    chosen[index] = True
    return chosen


def test_letters_are_told_where_they_are_known():
    assert region_of([_at((3, 4), np.s_[:, -1])], ("n", "i")) == "the last index of axis 1 (i)"


def test_pattern_of_one_example_alone_is_none():
    masks = [_at((4, 4), np.s_[-1]), _at((4, 4), np.s_[:, -1])]
    assert region_of(masks) == "8 of 32 entries, in no simple pattern"


def test_border_is_told():
    border = np.ones((4, 5), bool)
    border[1:-1, 1:-1] = False
    assert region_of([border]) == "the border of width 1 of the last two axes"


def test_whole_that_is_a_line_too_is_told_as_the_whole():
    assert region_of([np.ones((1, 3), bool)]) == "every entry"


def test_nearly_all_is_told_as_that():
    nearly = np.ones((5, 5), bool)
    nearly[2, 3] = False
    assert region_of([nearly]).startswith("nearly every entry (24 of 25")


@pytest.mark.parametrize(
    ("indices", "said"),
    [
        ([(1,)], "[1]"),
        ([(0, 1), (2, 0)], "[0, 1] and [2, 0]"),
        ([(0,), (1,), (2,)], "[0], [1] and [2]"),
        ([(0,), (1,), (2,), (3,), (9,)], "[0], [1], [2] and 2 more"),
    ],
)
def test_few_indices_are_listed(indices, said):
    assert list_indices(indices) == said
