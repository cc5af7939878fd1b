"""``python -m derivations``: the files that it writes, and what it refuses before the work."""

import json

import pytest

from derivations import __main__ as command
from derivations.article import CLAIMS

FEW = tuple(claim for claim in CLAIMS if claim.id in ("R2", "N4", "C3"))


@pytest.fixture
def few(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "CLAIMS", FEW)
    monkeypatch.setattr(command, "BESIDE", ())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_page_and_json_say_the_same(few, capsys):
    pytest.importorskip("jinja2", reason="the report needs gradcheck[html]")
    assert command.main(["--html", "article.html", "--json", "article.json"]) == 0
    text = (few / "article.html").read_text(encoding="utf-8")
    embedded = text.partition('id="document">')[2].partition("</script>")[0]
    claims = json.loads(embedded)["claims"]
    assert claims == json.loads((few / "article.json").read_text(encoding="utf-8"))["claims"]
    assert [claim["claim"] for claim in claims] == ["R2", "C3", "N4"]
    assert text.count("<math") == 4


def test_missing_extra_is_refused_before_the_work(few, capsys, monkeypatch):
    monkeypatch.setattr("gradcheck.html.file.find_spec", lambda name: None)
    assert command.main(["--html", "article.html"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert printed.err.startswith("derivations: the HTML report needs jinja2")


def test_page_that_can_not_be_written_is_refused_before_the_work(few, capsys):
    assert command.main(["--html", "nowhere/article.html"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "derivations: 'nowhere/article.html' can't be written: No such file or directory\n"
