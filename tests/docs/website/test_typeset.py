"""The notation of docstrings is set as it is meant."""

import ast
import re
from xml.etree import ElementTree

import pytest

from derivations import FAMILIES
from docs.website.blocks import ROOT
from docs.website.typeset import display, docstring, formula


def inside(text):
    return re.sub(r"^<math[^>]*><mrow>|</mrow></math>$", "", formula(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x[i]", "<msub><mi>x</mi><mrow><mi>i</mi></mrow></msub>"),
        ("ȳ", '<mover accent="true"><mi>y</mi><mo stretchy="false">¯</mo></mover>'),
        ("Wᵀ", "<msup><mi>W</mi><mrow><mo>T</mo></mrow></msup>"),
        ("σ²", "<msup><mi>σ</mi><mrow><mo>2</mo></mrow></msup>"),
        ("a/2b", "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn><mi>b</mi></mrow></mfrac>"),
        ("√d", "<msqrt><mi>d</mi></msqrt>"),
        (
            "Σ_ij",
            '<munder><mo largeop="true" movablelimits="false">∑</mo>'
            "<mrow><mi>i</mi><mi>j</mi></mrow></munder>",
        ),
        ("[k = j]", "<mrow><mo>[</mo><mi>k</mi><mo>=</mo><mi>j</mi><mo>]</mo></mrow>"),
        (
            "e^x[k]",
            "<msup><mi>e</mi><mrow><msub><mrow><mi>x</mi></mrow><mrow><mi>k</mi></mrow></msub></mrow></msup>",
        ),
        ("pad", '<mi mathvariant="normal">pad</mi>'),
        ("otherwise", "<mtext>otherwise</mtext>"),
    ],
)
def test_notation_is_set(text, expected):
    assert inside(text) == expected


def test_a_partial_derivative_is_a_fraction():
    assert inside("∂c/∂X[p,q]").startswith("<mfrac><mrow><mrow><mo>∂</mo><mi>c</mi></mrow></mrow><mrow>")


def test_signs_of_equality_stand_below_each_other():
    table = display(["    a[o] = b", "         = [o = u] c    ⇒  d"])
    rows = [re.findall("<td>(.*?)</td>", row) for row in table.split("<tr>")[1:]]
    assert [row[1][:60].count("<mo>=</mo>") for row in rows] == [1, 1]
    assert rows[1][0] == ""


def test_emphasis_is_kept_and_a_star_is_a_star():
    assert docstring("the *input* x[k*]") == "the *input* x\\[k\\*\\]"


def test_parentheses_go_where_a_fraction_holds_together():
    assert inside("(a − b)/σ").count("(") == 0
    assert inside("(a)(b)/c").count("(") == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_every_formula_of_the_derivations_is_well_formed_and_loses_no_letter(family):
    path = ROOT / "derivations" / family
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    set_ = docstring(text)
    for found in re.findall(r"<math.*?</math>", set_):
        ElementTree.fromstring(found)
    kept = re.sub(r"<[^>]*>|&lt;|\\", " ", set_)
    letters = {c for c in text if c.isascii() and c.isalpha()}
    assert {c for c in letters if text.count(c) > kept.count(c)} == set()
