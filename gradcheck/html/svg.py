"""A picture as SVG that stands in a page: small, without a background, in the page's own colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from gradcheck.pictures import colours

VARIABLES = {
    "#000000": "currentColor",
    colours.DERIVED: "var(--derived)",
    colours.NUMERICAL: "var(--numerical)",
    colours.DOUBTFUL: "var(--doubtful)",
    colours.BOUND: "var(--bound)",
    colours.QUIET: "var(--quiet)",
}
"""What the page's style sheet calls a colour, lighter on a dark page."""
STYLE = {"svg.fonttype": "none", "font.size": 9.0, "axes.titlesize": 10.0, "axes.spines.top": False}
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>",
    re.DOTALL,
)
LONG_NUMBER = re.compile(r"(?<![\w#])(-?\d+\.\d{2})\d+")
FONT = re.compile(r"font-family: [^;\"]*;? ?|font: ([\d.]+px) [^;\"]*")


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
        figure.patch.set_alpha(0.0)
        axes = figure.add_subplot(facecolor="none")
        draw(axes)
        label = axes.get_title()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=NO_METADATA)
    return Markup(_settled(_small(text.getvalue()), prefix, label))  # matplotlib escapes texts


def _small(text: str) -> str:
    """Leave out what a page does not need."""
    text = DROPPED.sub("", text)
    text = FONT.sub(lambda found: f"font-size: {found[1]}" if found[1] else "", text)
    text = LONG_NUMBER.sub(r"\1", text)
    return re.sub(r">\s+<", "><", re.sub(r"[ \n]+", " ", text)).strip()


def _settled(text: str, prefix: str, label: str) -> str:
    """Give ids and colours their names in the page, and the element its label."""
    used = set(re.findall(r"(?:href=\"#|url\(#)([\w-]+)", text))
    names = {old: f"{prefix}-{i}" for i, old in enumerate(sorted(used))}
    text = re.sub(r' id="([\w.-]+)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", text)
    text = re.sub(r'(href="#|url\(#)([\w-]+)', lambda m: m[1] + names[m[2]], text).replace(
        "xlink:href", "href"
    )
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    box = re.search(r'viewBox="[^"]*"', text)
    assert box is not None
    opening = f'<svg {box[0]} role="img" aria-label="{escape(label)}">'
    return opening + text[text.index(">") + 1 :]
