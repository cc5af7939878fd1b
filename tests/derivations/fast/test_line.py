"""The line: a tap is a shift, nothing foreign is read, and the way back undoes the way there."""

import numpy as np
from hypothesis import given

from derivations.fast.line import Axis, Grid
from derivations.windows import border, pair, windows
from tests.derivations.fast.strategies import problems


@given(problems())
def test_a_tap_reads_at_one_distance_whatever_the_sample_row_and_column(problem):
    x, w, _ = problem.primals()
    grid, options = problem.grid, problem.options
    lines = grid.inputs(x)
    bordered = border(x, pair(options["padding"]))
    read = windows(bordered, w.shape[2:], pair(options["stride"]), pair(options["dilation"]))
    for p, (row_phase, down) in enumerate(grid.row_taps):
        for q, (col_phase, right) in enumerate(grid.col_taps):
            stretch = lines[row_phase + col_phase, :, down + right :][:, : grid.length]
            np.testing.assert_array_equal(grid.outputs(stretch), read[..., p, q])


@given(problems())
def test_images_come_back_from_the_line_except_where_nothing_reads_them(problem):
    x, _, _ = problem.primals()
    grid = problem.grid
    back = grid.inputs_back(grid.inputs(x)[..., : grid.length], x.shape)
    np.testing.assert_array_equal(back[back != 0], x[back != 0])
    read = windows(
        border(np.arange(1.0, x.size + 1).reshape(x.shape), pair(problem.options["padding"])),
        problem.taps,
        pair(problem.options["stride"]),
        pair(problem.options["dilation"]),
    )
    entries = np.unique(read[read > 0]).astype(int) - 1
    np.testing.assert_array_equal(back.ravel()[entries], x.ravel()[entries])


@given(problems())
def test_outputs_come_back_from_the_line_with_zeros_between_them(problem):
    grid = problem.grid
    y = np.ones((problem.samples, 2, grid.rows.outputs, grid.cols.outputs))
    line = grid.outputs_back(y)
    np.testing.assert_array_equal(grid.outputs(line[:, grid.reach :]), y)
    assert line.sum() == y.sum()


def test_two_images_share_the_border_between_them():
    """8 × 8 under a 3 × 3 kernel with a padding of 1: nine entries a row, not ten."""
    axis = Axis(size=8, taps=3, stride=1, padding=1, dilation=1)
    assert (axis.outputs, axis.pitch) == (8, 9)
    assert Grid(64, axis, axis).length == 64 * 81


def test_a_stride_takes_entries_apart_into_phases():
    axis = Axis(size=6, taps=3, stride=2, padding=0, dilation=1)
    grid = Grid(1, axis, Axis(1, 1, 1, 0, 1))
    lines = grid.inputs(np.arange(1.0, 7.0).reshape(1, 1, 6, 1))
    np.testing.assert_array_equal(lines[0, 0, :3], [1, 3, 5])
    np.testing.assert_array_equal(lines[1, 0, :2], [2, 4])
