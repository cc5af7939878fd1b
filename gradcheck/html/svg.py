"""A picture as SVG that stands in a page: small, without a background, in the page's own colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from gradcheck.reporting import plots

VARIABLES = {
    "#000000": "currentColor",
    plots.colours.DERIVED: "var(--derived)",
    plots.colours.NUMERICAL: "var(--numerical)",
    plots.colours.FLAWED: "var(--flaw)",
    plots.colours.DOUBTFUL: "var(--doubtful)",
    plots.colours.BOUND: "var(--bound)",
    plots.colours.EXEMPT: "var(--numerical)",
    plots.colours.QUIET: "var(--quiet)",
}
"""What the page's style sheet calls a colour, lighter on a dark page."""
STYLE = {"svg.fonttype": "none", "font.size": 9.0, "axes.titlesize": 10.0, "axes.spines.top": False}
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
INVISIBLE, UNTURNED = "fill: none", "rotate(-0 "
REFERENCE = re.compile(r"^(#)(.+)$|^(url\(#)(.+)(\))$")
LONG_NUMBER = re.compile(r"(?<![\w#])(-?\d+\.\d{2})\d+")
FONT = re.compile(r"font-family: [^;]*;? ?|font: ([\d.]+px) .*?(?=;|$)")


def svg(draw: Callable[[Axes], None], prefix: str, *, size: tuple[float, float] = (4.6, 3.2)) -> Markup:
    """Return what `draw` draws into axes, as an SVG element.

    Parameters
    ----------
    draw
        Draws one picture with a title, which becomes the element's label.
    prefix
        Stands before the element's ids, which are unique in a page if this is.
    size
        Width and height in inches.
    """
    with mpl.rc_context({**STYLE, "svg.hashsalt": prefix, "axes.spines.right": False}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.add_subplot(facecolor="none")
        draw(axes)
        label = axes.get_title()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=NO_METADATA)
    root = ElementTree.fromstring(text.getvalue())
    drawn = ElementTree.Element("svg", viewBox=root.get("viewBox", ""), role="img")
    drawn.set("aria-label", label)
    _copy(root, drawn, _names(root, prefix))
    _share_styles(drawn)
    return Markup(ElementTree.tostring(drawn, encoding="unicode"))  # escaped by ElementTree


def _names(root: ElementTree.Element, prefix: str) -> dict[str, str]:
    """Return a short name for every id that something refers to."""
    values = (value for element in root.iter() for value in element.attrib.values())
    found = (REFERENCE.match(value) for value in values)
    used = dict.fromkeys(match[2] or match[4] for match in found if match is not None)
    return {old: f"{prefix}-{i}" for i, old in enumerate(used)}


def _copy(source: ElementTree.Element, target: ElementTree.Element, names: dict[str, str]) -> None:
    """Copy what a page needs of an element's children: no metadata, no style sheet, no empty groups."""
    for child in source:
        tag = child.tag.removeprefix(SVG)
        kept = _attributes(child, names)
        if tag in ("metadata", "style") or "}" in tag or kept.get("style") == INVISIBLE:
            continue
        if tag == "g" and not kept:
            _copy(child, target, names)
            continue
        made = ElementTree.SubElement(target, tag, kept)
        made.text = child.text.strip() if child.text else None
        _copy(child, made, names)
        if tag in ("g", "defs") and not len(made):
            target.remove(made)


def _share_styles(drawn: ElementTree.Element) -> None:
    """Give a mark its style once, where every use of it has the same."""
    uses: dict[str, list[ElementTree.Element]] = {}
    for use in drawn.iter("use"):
        uses.setdefault(use.get("href", ""), []).append(use)
    for mark in drawn.iter("path"):
        of = uses.get(f"#{mark.get('id')}", [])
        if len({use.get("style") for use in of}) == 1:
            mark.set("style", f"{mark.get('style', '')}; {of[0].get('style', '')}".strip("; "))
            for use in of:
                use.attrib.pop("style", None)


def _attributes(element: ElementTree.Element, names: dict[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in element.attrib.items():
        if name == "id":
            if value in names:
                kept["id"] = names[value]
            continue
        reference = REFERENCE.match(value)
        if reference is not None:
            value = f"#{names[reference[2]]}" if reference[2] else f"url(#{names[reference[4]]})"
        elif name == "style":
            value = _restyle(value)
        elif not value.startswith("data:"):
            value = LONG_NUMBER.sub(r"\1", value)
        kept["href" if name == LINK else name] = " ".join(value.split()) if name == "d" else value
    return {name: value for name, value in kept.items() if value and not value.startswith(UNTURNED)}


def _restyle(style: str) -> str:
    """Return a style in the page's colours and the page's font."""
    style = FONT.sub(lambda found: f"font-size: {found[1]}" if found[1] else "", style)
    for colour, variable in VARIABLES.items():
        style = style.replace(colour, variable)
    return style.strip()
