"""Every entry of an array of any rank gets a cell of its own, and no cell of a tile touches another tile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.reporting.plots.tiles import tiles

shapes = st.lists(st.integers(1, 4), max_size=5).map(tuple)


@given(shapes)
def test_every_entry_has_one_cell(shape):
    layout = tiles(shape)
    values = np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape)
    flat = layout.spread(values, 0.0)
    assert sorted(flat[layout.inside]) == sorted(values.ravel())
    assert not flat[~layout.inside].any()


@given(shapes)
def test_ticks_lie_inside_the_picture(shape):
    layout = tiles(shape)
    assert len(layout.row_ticks) == len(layout.row_labels)
    assert all(0 <= tick <= layout.rows - 1 for tick in layout.row_ticks)
    assert all(0 <= tick <= layout.columns - 1 for tick in layout.column_ticks)


def test_kernel_has_a_row_of_tiles_for_each_output_channel():
    kernel = np.arange(24.0).reshape(2, 3, 2, 2)
    flat = tiles(kernel.shape).spread(kernel, np.nan)
    assert flat.shape == (5, 8)
    np.testing.assert_array_equal(flat[3:, 3:5], kernel[1, 1])
    assert np.isnan(flat[2]).all()
    assert np.isnan(flat[:, 2]).all()


@pytest.mark.parametrize(("shape", "flat"), [((), (1, 1)), ((3,), (1, 3)), ((2, 3), (2, 3))])
def test_up_to_two_axes_are_one_tile(shape, flat):
    layout = tiles(shape)
    assert (layout.rows, layout.columns) == flat
