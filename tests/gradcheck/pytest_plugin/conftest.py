"""A small project with right and wrong derivations, in which pytest runs."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.database import InMemoryExampleDatabase

import gradcheck
import gradcheck.cli
import gradcheck.pytest_plugin.conductor
import gradcheck.pytest_plugin.words
from gradcheck.pytest_plugin.limits import profile_name

# A run inside this process must not be the first to import NumPy: it would forget it, and no second one can.

LAYERS = """
import numpy as np
from gradcheck import Claim, Layer

def scale(x):
    return 2 * x

def scale_vjp(x):
    return scale(x), lambda y_bar: 2 * y_bar

def square(x):
    return x * x

def square_backward(y_bar, x):
    return 3 * x * y_bar

SCALE = Layer(scale, scale_vjp, shapes={"x": "n"})
SQUARE = Layer.from_backward(square, square_backward, shapes={"x": "n"})
SUM = Claim("S1", "a + b = b + a", lambda a, b: a + b, lambda a, b: b + a, {"a": "n", "b": "n"})
SWAP = Claim("S2", "A B = B A", np.matmul, lambda a, b: b @ a, {"a": "n n", "b": "n n"})
"""
TEST = "def test_something_else():\n    pass\n"


class Project:
    """A folder with a package, a test file, and a configuration; each run of pytest begins anew."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        installed = any(entry.name == "gradcheck" for entry in entry_points(group="pytest11"))
        pytester.plugins = [] if installed else ["gradcheck.pytest_plugin"]
        self.write("mypkg/__init__.py", "")
        self.write("mypkg/layers.py", LAYERS)
        self.write("tests/test_other.py", TEST)
        self.configure(gradcheck_modules="mypkg.layers")

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def configure(self, **lines):
        kept = {"filterwarnings": "error", "addopts": "--strict-markers -p no:randomly", **lines}
        text = "".join(f"{name} =\n    {value}\n" for name, value in kept.items())
        self.write("pytest.ini", f"[pytest]\n{text}")

    def run(self, *arguments):
        named = [part for plugin in self.pytester.plugins for part in ("-p", plugin)]
        return self.pytester.runpytest_inprocess(*named, *arguments)

    def ids(self, *arguments):
        out = self.run("--collect-only", "-q", *arguments).outlines
        return [line for line in out if "::" in line]


@pytest.fixture
def project(pytester, monkeypatch):
    """Return a `Project` whose runs take three examples, and remember what they found."""
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "HYPOTHESIS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(gradcheck.__file__).parent.parent))
    before = profile_name()
    settings.register_profile(
        "few", max_examples=3, database=InMemoryExampleDatabase(), derandomize=False, deadline=None
    )
    settings.load_profile("few")
    yield Project(pytester)
    settings.load_profile(before)
