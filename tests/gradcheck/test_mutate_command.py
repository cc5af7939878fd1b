"""`gradcheck mutate`: exit statuses, what is printed and written, and that files stay as they are."""

import json
import sys

import pytest

from gradcheck.cli import main

HEAD = """
from gradcheck import Layer

def scale(x, *, twice=False):
    return 2 * x if twice else 1 * x

def backward(g, x, *, twice=False):
    if twice:
        return 2 * g
    return 1.0 * g
"""
NARROW = HEAD + "SCALE = Layer.from_backward(scale, backward, shapes={'x': 'n'}, name='scale')\n"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Return a function that writes a file, mutates it, and returns the status and what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("COLUMNS", raising=False)

    def mutate(text, *arguments):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        status = main(["mutate", "mine.py", *arguments, "--max-examples", "4"])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert (tmp_path / "mine.py").read_text(encoding="utf-8") == text
        return status, printed.out, printed.err

    return mutate


def test_survivors_fail_a_score_that_is_asked_for_and_are_written_everywhere(run, tmp_path):
    status, out, err = run(
        NARROW, "--fail-under", "95", "--json", "m.json", "--junit", "m.xml", "--html", "m.html"
    )
    assert (status, err) == (1, "")
    assert "only with twice=True, which no example gives: it is always False" in out
    assert 'declare options={"twice": (False, True)}' in out
    assert "mine.py:9 (sign, in backward)\n- return 2 * g\n+ return -(2 * g)\n" in out
    (layer,) = json.loads((tmp_path / "m.json").read_text())["layers"]
    assert layer["counts"]["survived"] > 3
    assert (tmp_path / "m.xml").exists()
    assert (tmp_path / "m.html").exists()


def test_time_that_is_over_leaves_no_score_to_ask_for(run):
    status, out, _ = run(NARROW, "--time-limit", "0.001", "--fail-under", "95")
    assert status == 3
    assert "scale: not finished in 0.001 s" in out
    assert run(NARROW, "--time-limit", "0.001")[0] == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "holds no gradcheck.Layer and no Claim"),
        ("import nothing_of_that_name\n", "can't be imported: ModuleNotFoundError"),
    ],
)
def test_target_without_layers_is_refused_in_a_sentence(run, text, words):
    status, out, err = run(text)
    assert (status, out) == (2, "")
    assert words in err


@pytest.mark.parametrize("percent", ["much", "-1", "101"])
def test_percentage_is_from_0_to_100(run, percent, capsys):
    with pytest.raises(SystemExit):
        run(NARROW, f"--fail-under={percent}")
    assert f"a number from 0 to 100 is expected, got '{percent}'" in capsys.readouterr().err


def test_help_says_what_it_does(capsys):
    with pytest.raises(SystemExit):
        main(["mutate", "--help"])
    assert "--fail-under PERCENT" in capsys.readouterr().out
