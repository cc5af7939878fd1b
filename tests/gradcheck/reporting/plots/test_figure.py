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


@pytest.mark.parametrize(("layer", "check_name"), [(RIGHT, ""), (HALVED, "purity")])
def test_what_has_no_finding_is_not_drawn(layer, check_name):
    with pytest.raises(ValueError, match="'square' has no finding"):
        check(layer, np.ones((2, 3))).plot(check_name)


def test_missing_matplotlib_is_named_with_its_extra(monkeypatch):
    report = check(HALVED, np.ones((2, 3)))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'gradcheck\[plot\]'"):
        report.plot()
