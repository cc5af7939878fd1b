"""A picture in a page has no background, no ids that clash, the page's colours, and little weight."""

import re
from xml.etree import ElementTree

import pytest

pytest.importorskip("matplotlib", reason="the report needs gradcheck[html]")

from gradcheck.html.svg import svg
from gradcheck.reporting.plots import colours as colours


def plot(axes):
    axes.plot([1, 2, 3], [1e-3, 2e2, 3.0], "o-", color=colours.DERIVED)
    axes.set_title("a < b & c")
    axes.set_yscale("log")


def test_picture_is_well_formed_and_has_its_title_for_a_label():
    root = ElementTree.fromstring(svg(plot, "p0"))
    assert root.get("aria-label") == "a < b & c"
    assert root.get("role") == "img"


def test_colours_are_the_pages():
    text = svg(plot, "p0")
    assert "var(--derived)" in text
    assert "currentColor" in text
    assert colours.DERIVED not in text
    assert "#000000" not in text


def test_ids_begin_with_the_prefix_and_every_reference_is_met():
    text = svg(plot, "p7")
    ids = set(re.findall(r' id="([^"]*)"', text))
    assert ids
    assert all(name.startswith("p7-") for name in ids)
    assert set(re.findall(r'(?:href="#|url\(#)([\w-]+)', text)) == ids


def test_no_metadata_no_style_no_font_and_few_bytes():
    text = svg(plot, "p0")
    for unwanted in ("<metadata", "<style", "font-family", "<!--", "<?xml"):
        assert unwanted not in text
    assert len(text) < 8000


def test_same_picture_comes_out_the_same():
    assert svg(plot, "p0") == svg(plot, "p0")
