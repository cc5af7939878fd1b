"""Places of a sparse matrix, and columns that can be measured together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradcheck.numerics.colouring import Pattern

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans())


def band(size, width):
    """Return the pattern of a matrix whose row i has the columns i … i + width − 1."""
    return Pattern.of(sum(np.eye(size, size + width - 1, k) for k in range(width)))


@given(MASKS)
def test_no_row_has_two_columns_of_one_colour(mask):
    pattern = Pattern.of(mask)
    colours = pattern.colours()
    for row in mask:
        used = colours[np.flatnonzero(row)]
        assert len(set(used)) == len(used)


@given(MASKS)
def test_groups_hold_every_place_once(mask):
    pattern = Pattern.of(mask)
    places = np.concatenate([*pattern.groups(), np.empty(0, dtype=int)])
    assert sorted(places) == list(range(pattern.size))


@given(MASKS)
def test_product_is_the_matrix_product(mask):
    rng = np.random.default_rng(0)
    matrix, v = mask * rng.standard_normal(mask.shape), rng.standard_normal(mask.shape[1])
    pattern = Pattern.of(mask)
    np.testing.assert_allclose(pattern.times(matrix[mask], v), matrix @ v, atol=1e-14)


def test_band_has_as_many_colours_as_it_is_wide_at_any_size():
    assert [band(size, 5).colours().max() + 1 for size in (8, 80, 800)] == [5, 5, 5]


def test_each_column_of_a_full_pattern_has_a_colour_of_its_own():
    assert Pattern.full((2, 20)).colours().tolist() == list(range(20))
    assert Pattern.full((2, 3)).is_full
