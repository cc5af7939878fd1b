"""A folder as a target: its files and packages that mention gradcheck, and no program."""

import sys

import pytest

from gradcheck.running.targets import BadTarget, subjects_of, title

LAYER = """
import gradcheck
LAYER = gradcheck.Layer(abs, abs, name={name!r})
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a function that writes a file below the folder in which everything runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def write(name, text=""):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or LAYER.format(name=name), encoding="utf-8")

    return write


def test_files_packages_and_folders_are_searched_in_order(folder):
    for name in ("b.py", "a.py", "sub/c.py", "pack/__init__.py", "pack/deep/__init__.py", "pack/deep/d.py"):
        folder(name)
    found = [title(subject) for subject in subjects_of(".")]
    assert found == [
        "a.py",
        "b.py",
        "pack/__init__.py",
        "pack/deep/__init__.py",
        "pack/deep/d.py",
        "sub/c.py",
    ]


def test_module_of_a_package_is_imported_by_its_name(folder):
    folder("pack/__init__.py", "NAME = 'theirs'\n")
    folder("pack/layers.py", "from . import NAME\n" + LAYER.replace("{name!r}", "NAME"))
    assert [title(subject) for subject in subjects_of("./pack")] == ["theirs"]
    assert sys.modules["pack.layers"].LAYER.name == "theirs"


def test_what_mentions_no_gradcheck_or_is_a_test_or_a_program_is_not_imported(folder):
    folder("layers.py")
    folder("script.py", "raise SystemExit\n")
    for name in ("setup.py", "conftest.py", "test_it.py", "it_test.py", "pack/__main__.py", ".hidden/a.py"):
        folder(name, "import gradcheck\nraise SystemExit\n")
    folder("venv/lib/a.py", "import gradcheck\nraise SystemExit\n")
    folder("venv/pyvenv.cfg", "home = elsewhere\n")
    assert [title(subject) for subject in subjects_of(".")] == ["layers.py"]


def test_one_layer_of_a_folder_is_chosen_by_its_name(folder):
    folder("a.py")
    folder("sub/b.py")
    assert [title(subject) for subject in subjects_of(".:sub/b.py")] == ["sub/b.py"]


def test_package_that_can_be_imported_is_a_package_and_not_a_folder(folder):
    """A module of a package may build its layers with a helper, so that it does not mention gradcheck."""
    folder("inside/__init__.py", "from inside.made import MADE\n")
    folder("inside/made.py", "from inside.helper import make\nMADE = make()\n")
    folder(
        "inside/helper.py",
        "import gradcheck\n\ndef make():\n    return gradcheck.Layer(abs, abs, name='made')\n",
    )
    assert [title(subject) for subject in subjects_of("inside")] == ["made"]


def test_folder_without_any_layer_says_so(folder):
    folder("script.py", "x = 1\n")
    with pytest.raises(BadTarget, match=r"'\.' holds no gradcheck.Layer and no Claim"):
        subjects_of(".")
