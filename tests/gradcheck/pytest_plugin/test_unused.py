"""A project that does not use gradcheck does not pay for it."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import gradcheck

ROOT = Path(gradcheck.__file__).parent.parent
HEAVY = ("numpy", "scipy", "hypothesis", "matplotlib", "jinja2", "sklearn", "rich", "sympy")
PROBE = """
import json, sys, pytest
status = pytest.main(["-q", "--color=no", *sys.argv[1:]])
print("loaded", json.dumps([int(status), sorted(sys.modules)]))
"""


def loaded(folder, *arguments):
    """Return the exit status and the modules of a fresh interpreter in which pytest ran, alone or with us."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CI", "HYPOTHESIS"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROBE, *arguments]
    out = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout
    (line,) = (line for line in out.splitlines() if line.startswith("loaded "))
    status, modules = json.loads(line.removeprefix("loaded "))
    return status, set(modules)


def test_plugin_is_the_entry_point():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert declared == {"pytest11": {"gradcheck": "gradcheck.pytest_plugin"}}
    assert [entry for entry in entry_points(group="pytest11") if entry.name == "gradcheck"]


def test_unused_plugin_imports_only_itself(tmp_path):
    (tmp_path / "test_other.py").write_text("def test_something():\n    pass\n", encoding="utf-8")
    status, without = loaded(tmp_path)
    assert status == 0
    status, with_plugin = loaded(tmp_path, "-p", "gradcheck.pytest_plugin")
    assert status == 0
    added = {name.partition(".")[0] for name in with_plugin - without}
    assert "gradcheck" in added
    assert not added & set(HEAVY)
    assert {name for name in with_plugin if name.startswith("gradcheck")} == {
        "gradcheck",
        "gradcheck.pytest_plugin",
        "gradcheck.pytest_plugin.hooks",
    }


def test_seed_of_a_run_is_known_to_tests_that_ask_without_our_own(tmp_path):
    text = (
        "from gradcheck.pytest_plugin.limits import Limits\n\n"
        "def test_seed(request):\n    assert Limits.of(request.config).seed >= 0\n"
    )
    (tmp_path / "test_seed.py").write_text(text, encoding="utf-8")
    status, _ = loaded(tmp_path, "-p", "gradcheck.pytest_plugin")
    assert status == 0
