"""The README's Python runs, and prints what the README says it prints."""

import contextlib
import importlib.util
import io
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from gradcheck.cli import main

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_readme_prints_what_it_says():
    names: dict[str, object] = {"__name__": "readme"}
    printed = ""
    compared = 0
    for language, body in BLOCK.findall(README.read_text(encoding="utf-8")):
        if language == "python":
            assert not printed.strip(), f"the README does not show what this block prints: {printed}"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, "README.md", "exec"), names)
            printed = out.getvalue()
        elif language == "text":
            assert printed.strip() == body.strip()
            printed, compared = "", compared + 1
    assert compared >= 3


def commands():
    """Yield every command of the README's shell blocks, in words, without its comment."""
    for language, body in BLOCK.findall(README.read_text(encoding="utf-8")):
        if language == "sh":
            for line in body.splitlines():
                words = shlex.split(line, comments=True)
                while words:
                    end = words.index("&&") if "&&" in words else len(words)
                    yield words[:end]
                    words = words[end + 1 :]


def test_every_command_of_the_readme_is_understood(capsys):
    """Those of a fresh machine run as they are in ``.ci/run``; of the others the words are read."""
    read = []
    for command in commands():
        read.append(" ".join(command[:3]))
        if command[0] == "gradcheck":
            targets = [word for word in command[2:] if not word.startswith("-")][:1]
            with pytest.raises(SystemExit, match="0"):
                main([*command[1:], "--help"])
            helped = capsys.readouterr().out
            assert targets
            assert all(word in helped for word in options_of(command))
        elif command[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(command[2]) is not None, command
        else:
            assert command[0] in ("python3", ".", "pip"), command
    assert "gradcheck verify derivations" in read
    assert "python -m pytest" in read


def options_of(command):
    return [word for word in command if word.startswith("--")]


def test_configuration_of_the_readme_is_that_of_the_plugin(pytestconfig):
    blocks = [
        body for language, body in BLOCK.findall(README.read_text(encoding="utf-8")) if language == "toml"
    ]
    assert blocks
    for body in blocks:
        for name in tomllib.loads(body)["tool"]["pytest"]["ini_options"]:
            assert pytestconfig.getini(name) is not None
