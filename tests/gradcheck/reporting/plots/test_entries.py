"""The map of errors and the scatter plot show what the comparison says, and which entries are wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck.judging.evidence import EntryComparison
from gradcheck.reporting.plots import heat_map, scatter

figure = pytest.importorskip("matplotlib.figure", reason="the pictures need matplotlib: gradcheck[plot]")


def axes():
    return figure.Figure().add_subplot()


def comparison(derived, numerical, allowed=1e-9, what="w_bar"):
    derived, numerical = np.asarray(derived, dtype=float), np.asarray(numerical, dtype=float)
    return EntryComparison(what, derived, numerical, np.full(derived.shape, allowed))


def test_map_shows_derived_minus_numerical_on_a_symmetric_scale():
    drawn = axes()
    heat_map(drawn, comparison([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 4.0]]))
    (image,) = drawn.get_images()
    np.testing.assert_allclose(image.get_array(), [[0, -0.5], [0, 0]])
    assert image.get_clim() == (-0.5, 0.5)
    assert drawn.get_title() == "w_bar: 1 of 4 entries wrong"
    assert drawn.figure.axes[1].get_ylabel() == "derived − numerical"


def test_map_outlines_the_wrong_cells_and_no_other():
    drawn = axes()
    heat_map(drawn, comparison([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 4.0 + 1e-12]]))
    (outline,) = drawn.get_lines()
    x, y = outline.get_data()
    assert (np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)) == (0.5, 1.5, -0.5, 0.5)


def test_error_too_small_for_its_colour_is_outlined():
    drawn = axes()
    heat_map(drawn, comparison([1.0, 2.0], [2.0, 2.0 + 1e-6]))
    (outline,) = drawn.get_lines()
    assert np.nanmax(outline.get_xdata()) == 1.5


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_entry_that_is_not_finite_is_wrong_and_spoils_no_scale(wrong):
    drawn = axes()
    heat_map(drawn, comparison([wrong, 2.0], [1.0, 1.5]))
    assert drawn.get_images()[0].get_clim() == (-0.5, 0.5)
    assert drawn.get_title() == "w_bar: every entry is wrong"
    drawn = axes()
    scatter(drawn, comparison([wrong, 2.0], [1.0, 1.5]))
    assert drawn.get_title() == "w_bar: every entry is wrong; 1 not finite"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=5).map(tuple), st.integers(0, 99))
def test_any_shape_can_be_drawn(shape, seed):
    rng = np.random.default_rng(seed)
    made = comparison(rng.normal(size=shape), rng.normal(size=shape), allowed=0.5)
    for picture in (heat_map, scatter):
        drawn = axes()
        picture(drawn, made)
        drawn.figure.draw_without_rendering()
        assert drawn.get_title().startswith("w_bar")


def test_scatter_tells_right_from_wrong_by_its_marks():
    drawn = axes()
    scatter(drawn, comparison([1.0, 2.0, 3.0], [1.0, 2.0, 6.0]))
    _, right, wrong = drawn.get_lines()
    assert (right.get_label(), wrong.get_label()) == ("2 right", "1 wrong")
    assert right.get_marker() != wrong.get_marker()
    assert (list(wrong.get_xdata()), list(wrong.get_ydata())) == ([6.0], [3.0])
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("numerical", "derived")
