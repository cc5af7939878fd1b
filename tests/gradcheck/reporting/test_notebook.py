from html.parser import HTMLParser

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck.judging.evidence import EntryComparison
from gradcheck.judging.findings import Result
from gradcheck.reporting.notebook import MOST_CELLS, notebook
from gradcheck.types import Verdict


class Cells(HTMLParser):
    """Collects the titles of the map's cells, and what is open at the end."""

    def __init__(self, page):
        super().__init__()
        self.titles, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.titles += [value for name, value in attrs if name == "title"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def result(derived, reason="in x"):
    numerical = np.zeros_like(derived)
    comparison = EntryComparison("x_bar", derived, numerical, numerical)
    return Result("finite-difference", Verdict.WRONG, reason, comparison=comparison)


def test_report_shows_its_message_table_and_map():
    halved = Layer.from_backward(np.square, lambda y_bar, x: x * y_bar, name="square")
    page = check(halved, np.array([[1.0, 2.0], [3.0, 4.0]]))._repr_html_()
    cells = Cells(page)
    assert cells.open == []
    assert len(cells.titles) == 4
    assert "half what it should be" in page
    assert "<b style=" in page


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 2, 2), (0, 2)])
def test_map_has_a_cell_for_each_entry(shape):
    assert len(Cells(notebook("", (result(np.ones(shape)),))).titles) == np.prod(shape)


def test_large_map_is_cut_and_says_so():
    page = notebook("", (result(np.ones((3, 1000))),))
    assert len(Cells(page).titles) == 3 * MOST_CELLS
    assert "its first entries" in page


def test_infinite_error_is_a_cell_too():
    assert Cells(notebook("", (result(np.array([np.inf, 1.0])),))).titles == ["inf", "1"]


def test_text_of_the_user_is_escaped():
    page = notebook("<script>", (result(np.ones(1), "<b>in x</b>"),))
    assert "<script>" not in page
    assert "<b>in x" not in page
