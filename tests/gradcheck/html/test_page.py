"""The page says what the data says, no more and no less, and takes no text for its own markup."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest

import gradcheck
from gradcheck import decide
from gradcheck.reporting.json_document import document
from tests.gradcheck.example_layers import FLAWED, MISSING_SUM, elementwise
from tests.gradcheck.html.findings import HOSTILE, MATMUL, found

pytest.importorskip("jinja2", reason="the report needs gradcheck[html]")
pytest.importorskip("latex2mathml", reason="the report needs gradcheck[html]")
pytest.importorskip("matplotlib", reason="the report needs gradcheck[html]")

from gradcheck.html.page import DECISIONS, MARKS, MOST_ROWS, page

DATE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
VOID = {"meta", "link", "input", "br", "path", "use", "image", "rect", "stop"}


class Reader(HTMLParser):
    """Collects elements with their attributes and texts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", **dict(attrs)})

    def handle_endtag(self, tag):
        if self._open and self._open[-1]["tag"] == tag:
            self._open.pop()

    def handle_data(self, text):
        for element in self._open:
            element["text"] += text

    def having(self, tag, cls=""):
        return [e for e in self.elements if e["tag"] == tag and cls in ["", *(e.get("class") or "").split()]]


@pytest.fixture(scope="module")
def results():
    return found()


@pytest.fixture(scope="module")
def text(results):
    return page(results, DATE, 12.34)


@pytest.fixture(scope="module")
def reader(text):
    return Reader(text)


def test_data_inside_is_the_document(results, reader):
    (embedded,) = (e for e in reader.having("script") if e.get("id") == "document")
    assert json.loads(embedded["text"]) == document(results, date=DATE)


def test_grid_has_a_cell_with_the_verdict_of_every_check_that_says_something(results, reader):
    cells = reader.having("a", "cell")
    layers = document(results)["layers"]
    said = {c["check"] for layer in layers for c in layer["checks"] if c["verdict"] != "NOT_APPLICABLE"}
    checks = [
        (layer["layer"], c["check"], c["verdict"])
        for layer in layers
        for c in layer["checks"]
        if c["check"] in said
    ]
    assert len(cells) == len(checks)
    for cell, (layer, name, verdict) in zip(cells, checks, strict=True):
        assert cell["class"].split() == ["cell", verdict]
        assert cell["text"] == MARKS[verdict]
        assert cell["aria-label"].startswith(f"{layer}, {name}: ")


def test_flawed_layer_stands_between_the_wrong_and_the_unverified():
    steps = elementwise(np.rint, np.zeros_like, name="steps")
    layers = [steps, FLAWED, MISSING_SUM]
    reader = Reader(page([gradcheck.check(layer, max_examples=3) for layer in layers], DATE, None))
    problems = [e["class"] for e in reader.having("li") if e.get("class")]
    assert problems == ["WRONG", "FLAWED", "UNVERIFIED"]
    (values,) = ([e["value"] for e in reader.having("input") if e.get("name") == "verdict"],)
    assert values == ["", "WRONG", "FLAWED", "UNVERIFIED", "CORRECT"]


def test_every_link_leads_somewhere(reader):
    ids = [e["id"] for e in reader.elements if e.get("id")]
    assert len(ids) == len(set(ids))
    links = {e["href"] for e in reader.elements if e["tag"] in ("a", "use") and e.get("href")}
    assert len(links) > 60
    assert all(unquote(link.removeprefix("#")) in ids for link in links)
    clips = {
        name for e in reader.elements for name in re.findall(r"url\(#([^)]*)\)", e.get("clip-path") or "")
    }
    assert clips <= set(ids)


def test_evidence_of_every_finding_is_the_documents(results, reader, text):
    for layer in document(results)["layers"]:
        for check in layer["checks"]:
            anchor = re.sub(r"\s+", "-", layer["layer"]) + f"/{check['check']}"
            (panel,) = (e for e in reader.elements if e.get("id") == anchor)
            shown = " ".join(panel["text"].split())
            assert " ".join(check["reason"].split()) in shown
            if check["evidence"] is not None and check["verdict"] == "WRONG":
                assert f"{float(check['evidence']['derived']):.4g}"[:4] in shown
                assert check["evidence"]["what"] in shown
            if check["diagnosis"] is not None:
                assert check["diagnosis"]["where"] in shown
                assert check["diagnosis"]["causes"][0]["said"] in shown


def test_explained_finding_has_all_its_pictures(reader):
    (panel,) = (e for e in reader.elements if e.get("id") == "mean-bias/finite-difference")
    for question in (
        "Which entries",
        "How are they off",
        "Can the measurement",
        "How far from",
        "Which shapes",
    ):
        assert question in panel["text"]


def test_claims_are_the_documents_with_counterexample_and_correction(results, reader):
    (claim,) = document(results)["claims"]
    (shown,) = reader.having("article", "claim")
    (decision, corrected) = (
        e["text"].split() for e in reader.elements if "decision" in (e.get("class") or "").split()
    )
    assert decision == [DECISIONS[claim["decision"]], claim["decision"]]
    assert corrected == [DECISIONS["holds"], "holds"]
    assert claim["statement"] in shown["text"]
    assert claim["correction"]["statement"] in shown["text"]
    assert len(reader.having("math")) == 2
    left, right = claim["counterexample"]["left"], claim["counterexample"]["right"]
    differ = sum(a != b for rows in zip(left, right, strict=True) for a, b in zip(*rows, strict=True))
    assert len(reader.having("mark")) == 2 * differ > 0


def test_first_screen_says_what_is_wrong_and_how_sure(reader, text):
    (heading,) = reader.having("h1")
    assert " ".join(heading["text"].split()) == "✗ 1 of 3 layers is wrong; 1 of 3 layers is unverified"
    (problems,) = reader.having("ul", "problems")
    said = " ".join(problems["text"].split())
    assert "mean bias is wrong in the cotangent of 'b' (input 3 of 3)" in said
    assert "divided by n" in said
    assert f"{HOSTILE} is unverified" in said
    (facts,) = reader.having("dl", "facts")
    assert "2026-11-23 09:30 UTC" in facts["text"]
    assert "12.3 s" in facts["text"]
    assert "seed" in facts["text"]


def test_texts_of_users_are_escaped_everywhere(text, reader):
    assert "<script>alert" not in text
    scripts = reader.having("script")
    assert [e.get("type") for e in scripts] == ["application/json", None]
    assert text.count("</script>") == 2
    assert any(HOSTILE in e["text"] for e in reader.having("th"))


def test_page_fetches_nothing(text, reader):
    for element in reader.elements:
        for attribute in ("src", "href", "srcset", "action"):
            value = element.get(attribute)
            assert value is None or value.startswith(("#", "data:")), (element["tag"], attribute, value)
    assert "url(http" not in text
    assert "@import" not in text
    (policy,) = (e for e in reader.having("meta") if e.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy["content"]


def test_what_fails_stands_open_and_what_does_not_is_closed(reader):
    for panel in reader.having("details"):
        assert ("open" in panel) == ("failing" in panel["class"].split())


def test_names_that_are_alike_have_their_own_addresses(results):
    both = Reader(page([results[0], results[0]], DATE, None))
    ids = [e["id"] for e in both.elements if e.get("id")]
    assert len(ids) == len(set(ids))
    assert {"linear/exact", "linear~2/exact"} <= set(ids)


def test_checks_that_ran_nowhere_have_no_column_and_others_may_be_missing(results):
    right, wrong = results[:2]
    contract = tuple(result for result in wrong.results if result.check == "contract")
    few = (
        replace(right, results=right.results[:1]),
        replace(wrong, results=wrong.results[:2] + contract),
    )
    both = Reader(page(few, DATE, None))
    assert [e["text"] for e in both.having("th", "check")] == ["finite-difference", "contract"]
    assert len(both.having("a", "cell")) == 3
    (left_out,) = (e["text"] for e in both.having("p", "legend") if "column" in e["text"])
    assert "exact" in left_out
    assert "contract" not in left_out


@pytest.mark.parametrize(("count", "classes"), [(MOST_ROWS, ["grid"]), (MOST_ROWS + 1, ["grid", "long"])])
def test_grid_scrolls_in_itself_only_where_it_is_long(results, count, classes):
    without_pictures = replace(results[0].results[0], tried=(), measure=None, comparison=None, curve=None)
    few = replace(results[0], results=(without_pictures,))
    (grid,) = Reader(page([few] * count, DATE, None)).having("div", "grid")
    assert grid["class"].split() == classes


def test_page_of_claims_alone_has_no_grid():
    claims = Reader(page([decide(MATMUL)], DATE, None))
    assert not claims.having("table", "grid")
    assert " ".join(claims.having("h1")[0]["text"].split()) == "✓ The claim is decided"
