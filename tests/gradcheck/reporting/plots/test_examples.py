"""The examples that were tried: every size has its dot, every comparison its place against the bound."""

import numpy as np
import pytest

from gradcheck.judging.tried import Tried
from gradcheck.reporting.plots import draw_shapes, ratios
from gradcheck.types import Verdict

figure = pytest.importorskip("matplotlib.figure", reason="the pictures need matplotlib: gradcheck[plot]")

TRIED = (
    *(Tried({"x": (n, 3), "b": (3,)}, Verdict.CORRECT, 1e-9, 0.5) for n in (1, 2, 2, 2)),
    Tried({"x": (9, 3), "b": (3,)}, Verdict.WRONG, None, 40.0),
    Tried({"x": (4, 3), "b": (3,)}, Verdict.UNVERIFIED),
)


def drawn(picture, tried):
    axes = figure.Figure().add_subplot()
    picture(axes, tried)
    axes.figure.draw_without_rendering()
    return axes


def test_every_size_of_every_axis_has_a_dot():
    axes = drawn(draw_shapes, TRIED)
    *dots, wrong = axes.get_lines()
    assert (wrong.get_marker(), {tuple(p) for p in wrong.get_xydata()}) == ("X", {(9, 0), (3, 1), (3, 2)})
    dots = {tuple(point) for line in dots for point in line.get_xydata()}
    assert dots == {(1, 0), (2, 0), (4, 0), (9, 0), (3, 1), (3, 2)}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x, axis 0", "x, axis 1", "b, axis 0"]
    assert axes.get_title() == "6 examples in 4 shapes"


def test_sizes_that_came_often_have_larger_dots():
    lines = drawn(draw_shapes, TRIED).get_lines()[:-1]
    diameter = {tuple(p): line.get_markersize() for line in lines for p in line.get_xydata()}
    assert diameter[1, 0] < diameter[2, 0] < diameter[3, 1]


def test_scalars_have_no_axis_to_show():
    assert drawn(draw_shapes, [Tried({"x": ()}, Verdict.CORRECT)]).get_lines() == []


def test_ratio_stands_against_the_bound():
    axes = drawn(ratios, TRIED)
    right, wrong, bound = axes.get_lines()
    np.testing.assert_array_equal(right.get_ydata(), [0.5] * 4)
    np.testing.assert_array_equal(wrong.get_xydata(), [[30, 40.0]])
    assert list(bound.get_ydata()) == [1.0, 1.0]
    assert right.get_marker() != wrong.get_marker()
    assert axes.get_title() == "1 of 5 beyond the bound"


def test_no_difference_at_all_is_drawn_at_the_bottom():
    axes = drawn(ratios, [Tried({"x": (2,)}, Verdict.CORRECT, 0.0, 0.0)])
    assert axes.get_lines()[0].get_ydata()[0] > 0.0
    assert axes.get_title() == "all 1 within the bound"
