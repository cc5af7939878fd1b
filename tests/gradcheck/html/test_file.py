"""The door of the report: it writes a file, or says in one sentence what it needs."""

import importlib.util
import subprocess
import sys

import pytest

from gradcheck import html
from gradcheck.cli import main
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
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert printed.err.startswith("gradcheck: the HTML report needs jinja2")
    assert not (in_folder / "report.html").exists()


def test_command_refuses_a_file_that_can_not_be_written_before_the_work(in_folder, capsys):
    assert main(["verify", "mine.py", "--html", "nowhere/report.html"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "gradcheck: 'nowhere/report.html' can't be written: No such file or directory\n"


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
