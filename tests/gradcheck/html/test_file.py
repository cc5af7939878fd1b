"""The door of the report: it writes a file, or says in one sentence what it needs."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import gradcheck
from gradcheck import html
from gradcheck.cli import main
from tests.gradcheck.example_layers import SQUARE
from tests.gradcheck.test_cli import RIGHT, WRONG


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "mine.py").write_text(WRONG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def without_jinja(monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "gradcheck.html.file.find_spec", lambda name: None if name == "jinja2" else there(name)
    )


def test_missing_extra_is_one_sentence(without_jinja):
    with pytest.raises(html.MissingExtra) as missing:
        html.require()
    assert str(missing.value) == 'the HTML report needs jinja2; install them: pip install "gradcheck[html]"'


def test_command_refuses_a_missing_extra_before_the_work(without_jinja, in_folder, capsys):
    assert main(["verify", "mine.py", "--html", "report.html"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("gradcheck: the HTML report needs jinja2")
    assert not (in_folder / "report.html").exists()


def test_command_refuses_a_file_that_can_not_be_written_before_the_work(in_folder, capsys):
    assert main(["verify", "mine.py", "--html", "mine.py/report.html"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("gradcheck: 'mine.py/report.html' can't be written: File exists\n")


def test_command_writes_the_page(in_folder):
    pytest.importorskip("jinja2", reason="the report needs gradcheck[html]")
    assert main(["verify", "mine.py", "--html", "report.html", "--max-examples", "4"]) == 1
    text = (in_folder / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "1 of 2 layers is wrong" in text


def test_command_that_writes_no_page_loads_nothing_for_it(in_folder):
    (in_folder / "mine.py").write_text(RIGHT, encoding="utf-8")
    code = (
        "import sys\nfrom gradcheck.cli import main\nmain(['verify', 'mine.py', '--max-examples', '1'])\n"
        "print([m for m in ('jinja2', 'latex2mathml', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("place", [str, Path], ids=["str", "path"])
def test_one_report_is_written_to_a_file_of_either_kind_in_a_folder_that_is_made(tmp_path, place):
    report = gradcheck.check(SQUARE, max_examples=2)
    html.write(place(tmp_path / "out" / "report.html"), report)
    assert "The layer is correct" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("found", "came"), [([], "none"), ("report", "'r' among them"), ([1], "1 among them")]
)
def test_what_is_no_report_is_refused_in_a_sentence(tmp_path, found, came):
    with pytest.raises(TypeError, match=f"html.write expects reports of gradcheck.check .*, got {came}"):
        html.write(tmp_path / "report.html", found)


def test_importing_gradcheck_is_enough():
    code = "import gradcheck; print(gradcheck.html.write.__name__, 'html' in dir(gradcheck))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "write True\n"
