"""Formulas become MathML; whatever is in them stays text."""

from xml.etree import ElementTree

import pytest

pytest.importorskip("latex2mathml", reason="the report needs gradcheck[html]")

from derivations.article import BESIDE, CLAIMS
from gradcheck.html.mathematics import mathml

FORMULAS = {
    each.id: each.latex
    for claim in (*CLAIMS, *BESIDE)
    for each in (claim, claim.correction)
    if each is not None and each.latex
}


@pytest.mark.parametrize("claim", FORMULAS)
def test_every_formula_of_the_article_is_typeset(claim):
    root = ElementTree.fromstring(mathml(FORMULAS[claim]))
    assert root.tag.endswith("math")
    assert root.get("alttext") == FORMULAS[claim]
    assert "\\" not in "".join(root.itertext())


def test_fraction_is_a_fraction():
    assert "<mfrac>" in mathml(r"\frac{\partial c}{\partial X}").replace("ns0:", "").replace("html:", "")


@pytest.mark.parametrize(
    "latex", [r"\text{<script>alert(1)</script>}", r"\text{&lt;script&gt;alert(1)}", "<img src=x onerror=y>"]
)
def test_markup_in_a_formula_is_text(latex):
    typeset = mathml(latex)
    assert "<script" not in typeset
    assert "<img" not in typeset


@pytest.mark.parametrize("latex", [r"\left( x", r"\nonsense{x}"])
def test_formula_that_is_not_understood_is_shown_as_written(latex):
    assert mathml(latex) == f"<code>{latex}</code>"
