import pickle
import sys

import numpy as np
import pytest

from gradcheck import Layer, check

HALVED = Layer.from_backward(np.square, lambda y_bar, x: x * y_bar, shapes={"x": "n k"}, name="square")
RIGHT = Layer.from_backward(np.square, lambda y_bar, x: 2 * x * y_bar, shapes={"x": "n k"}, name="square")


def test_plot_shows_map_scatter_and_steps_under_the_finding():
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    drawn = check(HALVED, np.ones((2, 3)) + np.eye(2, 3)).plot()
    assert drawn.get_suptitle() == "VJP of 'square' is wrong in the cotangent of 'x' (input 1 of 1)"
    labels = {axes.get_ylabel() for axes in drawn.axes}
    assert {"derived", "derived − numerical", "distance from the numerical slope"} <= labels


def test_plot_is_written_to_a_file(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    check(HALVED, np.ones((2, 3))).plot("finite-difference").savefig(tmp_path / "found.png")
    assert (tmp_path / "found.png").stat().st_size > 1000


def test_plot_of_a_right_gradient_shows_what_was_measured():
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    drawn = check(RIGHT, max_examples=5).plot()
    assert drawn.get_suptitle().startswith("VJP of 'square' is correct: a relative error of ")
    labels = {axes.get_ylabel() for axes in drawn.axes}
    assert {"derived", "derived − numerical", "distance from the numerical slope"} <= labels


def test_plot_of_a_report_from_another_process_shows_how_far_examples_were_from_their_bound():
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    (axes,) = pickle.loads(pickle.dumps(check(RIGHT, max_examples=5))).plot().axes
    assert axes.get_ylabel() == "difference / allowed"


def test_check_without_numbers_is_drawn_as_the_shapes_that_were_tried():
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    (axes,) = check(HALVED, max_examples=5).plot("purity").axes
    assert axes.get_title().startswith("5 examples in ")


@pytest.mark.parametrize("name", ["jvp", "none such"])
def test_check_that_did_not_run_has_nothing_to_draw(name):
    with pytest.raises(
        ValueError, match=f"'square' has nothing to draw by '{name}'; by check: finite-difference"
    ):
        check(HALVED, np.ones((2, 3))).plot(name)


def test_missing_matplotlib_is_named_with_its_extra(monkeypatch):
    report = check(HALVED, np.ones((2, 3)))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'gradcheck\[plot\]'"):
        report.plot()
