"""LaTeX as MathML, which browsers typeset by themselves."""

from __future__ import annotations

import html
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from markupsafe import Markup


def mathml(latex: str) -> Markup:
    """Return a formula as a block of MathML; LaTeX that is not understood is shown as it is written.

    Whatever the formula says, it is text: the converter leaves that to its callers.
    """
    try:
        formula = convert_to_element(latex, display="block")
    except Exception:  # of many kinds, none of them a reason to have no report
        return Markup("<code>{}</code>").format(latex)
    for element in formula.iter():
        element.text = element.text and html.unescape(element.text)
        element.tail = element.tail and html.unescape(element.tail)
        element.attrib = {name: html.unescape(value) for name, value in element.attrib.items()}
    formula.set("alttext", latex)
    if any("\\" in (element.text or "") for element in formula.iter()):
        return Markup("<code>{}</code>").format(latex)
    return Markup(ElementTree.tostring(formula, encoding="unicode"))  # escaped by ElementTree
