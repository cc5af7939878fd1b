"""What needs a check, what counts as one, and what a run says of the rest."""

import sys

import pytest

from gradcheck.pytest_plugin.ratchet import derivations_of, without_check
from gradcheck.running.targets import subjects_of

PAIRS = """
from functools import lru_cache, partial
from typing import NamedTuple

def plain(x): return x
def plain_vjp(x): return x, lambda y: y
def other(x): return x
def other_backward(y, x): return y
def forward_third(x): return x, x
def backward_third(y, cache): return y
def fourth_forward(x): return x, x
def _fourth_backward(y, cache): return y
@lru_cache
def cached(x): return x
def cached_grad(y, x): return y
def alone(x): return x
def lonely_vjp(x): return x, lambda y: y
def _hidden(x): return x
def _hidden_vjp(x): return x, lambda y: y

class Both:
    def forward(self, x): return x
    def backward(self, y): return y
class Half:
    def forward(self, x): return x
class Op(NamedTuple):
    forward: object
    backward: object

RECORD = Op(lambda x: x, lambda y, x: y)
TABLE = {"forward": lambda x: x, "vjp": lambda x: (x, lambda y: y)}
OBJECT = Both()
"""
NAMES = ["plain", "other", "forward_third", "fourth_forward", "cached", "Both", "RECORD", "TABLE"]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes modules and returns what they derive and what of it has no check."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.chdir(tmp_path)

    def names(layers):
        (tmp_path / "derived.py").write_text(PAIRS, encoding="utf-8")
        text = f"from gradcheck import Layer\nimport derived\nfrom derived import *\nL = {layers}\n"
        (tmp_path / "layered.py").write_text(text, encoding="utf-8")
        derivations = derivations_of(["derived"])
        assert [d.name for d in derivations] == NAMES
        return [d.name for d in without_check(derivations, subjects_of("layered:L"))]

    return names


@pytest.mark.parametrize(
    ("layer", "checked"),
    [
        ("Layer(plain, plain_vjp)", "plain"),
        ("Layer.from_pullback(plain_vjp)", "plain"),
        ("Layer.from_backward(other, other_backward)", "other"),
        ("Layer.from_cached(forward_third, backward_third)", "forward_third"),
        ("Layer.from_cached(fourth_forward, derived._fourth_backward)", "fourth_forward"),
        ("Layer.from_backward(cached, cached_grad)", "cached"),
        ("Layer.from_module(Both)", "Both"),
        ("Layer.from_module(lambda: Both(), shapes={'x': 'n'})", "Both"),
        ("Layer.from_backward(RECORD.forward, RECORD.backward)", "RECORD"),
        ("Layer(TABLE['forward'], TABLE['vjp'])", "TABLE"),
        ("Layer(lambda x: x, lambda x: (x, lambda y: other_backward(y, x)))", "other"),
        ("Layer(lambda x: x, lambda x: (x, lambda y: derived.other_backward(y, x)))", "other"),
        ("Layer(plain, lambda x: (x, lambda y: y))", None),
        ("Layer.from_pullback(derived.lonely_vjp)", None),
    ],
)
def test_check_is_a_layer_that_refers_to_the_backward(module, layer, checked):
    assert module(layer) == [name for name in NAMES if name != checked]


def test_network_is_no_check_of_the_layers_that_it_calls(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    text = (
        "from gradcheck import Layer\n"
        "def part(x): return x\ndef part_vjp(x): return x, lambda y: y\n"
        "def whole(x): return part(x)\ndef whole_vjp(x): return part_vjp(x)\n"
        "WHOLE = Layer(whole, whole_vjp)\n"
    )
    (tmp_path / "netted.py").write_text(text, encoding="utf-8")
    (missing,) = without_check(derivations_of(["netted"]), subjects_of("netted"))
    assert missing.name == "part"
    assert missing.line.number == 2


FORGOTTEN = "\ndef forgotten(x):\n    return x\n\ndef forgotten_vjp(x):\n    return x, lambda y_bar: y_bar\n"
EXEMPT = "mypkg.layers:forgotten: goes away with version 2"


@pytest.fixture
def required(project):
    """Return the project with a derivation that nobody checks, and a demand for checks."""
    with (project.path / "mypkg" / "layers.py").open("a", encoding="utf-8") as file:
        file.write(FORGOTTEN)
    project.configure(gradcheck_modules="mypkg.layers", gradcheck_require="mypkg.layers", testpaths="tests")
    return project


def test_derivation_without_a_check_fails_the_run(required):
    result = required.run("-k", "has-a-check")
    assert result.parseoutcomes() == {"passed": 2, "failed": 1, "deselected": 23}
    result.stdout.fnmatch_lines(
        [
            "mypkg.layers:forgotten has a backward (forgotten_vjp), and no Layer of this run refers to it: *",
            "gradcheck_require: 3 derivations, 1 without a check",
            "FAILED mypkg.layers::forgotten::has-a-check - *",
        ]
    )


def test_exemption_with_a_reason_passes_and_is_printed(required):
    required.configure(
        gradcheck_modules="mypkg.layers", gradcheck_require="mypkg.layers", gradcheck_exempt=EXEMPT
    )
    result = required.run("-k", "has-a-check")
    assert result.parseoutcomes() == {"passed": 2, "deselected": 23}
    result.stdout.fnmatch_lines(["gradcheck_require: 3 derivations", f"exempt: {EXEMPT}"])


@pytest.mark.parametrize(
    ("exempt", "said"),
    [
        ("mypkg.layers:forgotten", "ERROR: gradcheck_exempt: 'mypkg.layers:forgotten' gives no reason; *"),
        ("mypkg.layers:forgotten: ", "ERROR: gradcheck_exempt: 'mypkg.layers:forgotten:' gives no reason; *"),
        (
            "mypkg.layers:gone: why",
            "ERROR: gradcheck_exempt: 'mypkg.layers:gone' names nothing that gradcheck_require asks for: "
            "mypkg.layers:scale, mypkg.layers:square, mypkg.layers:forgotten",
        ),
    ],
)
def test_exemption_without_a_reason_or_a_place_is_a_usage_error(required, exempt, said):
    required.configure(gradcheck_require="mypkg.layers", gradcheck_exempt=exempt)
    result = required.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_required_module_that_is_not_there_is_a_usage_error(required):
    required.configure(gradcheck_require="mypkg.nowhere")
    result = required.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: gradcheck_require: there is no module 'mypkg.nowhere' here"])


def test_check_in_a_test_file_counts(required):
    required.configure(gradcheck_require="mypkg.layers", pythonpath=".")
    required.write(
        "tests/test_mine.py",
        "import gradcheck\nfrom mypkg.layers import SCALE, SQUARE\n\n"
        "@gradcheck.parametrize_with_checks([SCALE, SQUARE])\n"
        "def test_gradients(layer, check):\n    check(layer)\n",
    )
    assert required.run("-k", "has-a-check").parseoutcomes() == {"passed": 2, "failed": 1, "deselected": 21}


@pytest.mark.parametrize(
    ("arguments", "demanded"),
    [
        ((), True),
        (("tests",), True),
        ((".",), True),
        (("-k", "has-a-check"), True),
        (("mypkg",), False),
        (("tests/test_other.py",), False),
        (("mypkg.layers::scale",), False),
    ],
    ids=["all", "testpaths", "root", "k", "other folder", "file", "test"],
)
def test_demand_is_made_where_all_tests_are_collected(required, arguments, demanded):
    assert any("::has-a-check" in i for i in required.ids(*arguments)) is demanded


def test_last_failures_do_not_demand_what_they_leave_out(required):
    required.write("tests/test_fails.py", "def test_fails():\n    assert False\n")
    required.run("-k", "test_fails or has-a-check")
    result = required.run("--lf", "-k", "test_fails or has-a-check")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["gradcheck: not gradcheck_require, as only a part of the tests is collected"]
    )
