"""Layers and claims are tests without a test file, and are chosen like any others."""

import pytest

from gradcheck.checks import CHECKS
from gradcheck.layers.layer import Layer

APPLICABLE = [c.name for c in CHECKS if c.inapplicable(Layer(abs, abs, shapes={"x": "n"})) is None]
OWN = [
    *(f"mypkg.layers::{layer}::{check}" for layer in ("scale", "square") for check in APPLICABLE),
    "mypkg.layers::S1",
    "mypkg.layers::S2",
]
OTHER = "tests/test_other.py::test_something_else"


def test_every_layer_and_check_and_every_claim_is_a_test(project):
    assert project.ids() == [OTHER, *OWN]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["tests"], [OTHER, *OWN]),
        (["tests/test_other.py"], [OTHER]),
        ([OTHER], [OTHER]),
        (["mypkg.layers"], OWN),
        (["mypkg.layers::square"], [i for i in OWN if "::square::" in i]),
        (["mypkg.layers::S1", OTHER], [OTHER, "mypkg.layers::S1"]),
        (["-k", "scale and purity"], ["mypkg.layers::scale::purity"]),
        (["-m", "gradcheck"], OWN),
        (["-m", "not gradcheck"], [OTHER]),
        (["--deselect", "mypkg.layers"], [OTHER]),
    ],
    ids=["folder", "file", "test", "module", "layer", "claim and test", "k", "m", "not m", "deselect"],
)
def test_tests_are_those_that_a_user_would_expect(project, arguments, ids):
    assert project.ids(*arguments) == ids


def test_files_alone_leave_the_modules_out_and_the_header_says_so(project):
    out = project.run("tests/test_other.py").stdout
    out.fnmatch_lines(["gradcheck: not mypkg.layers, as the command line names files"])


def test_modules_are_collected_from_a_folder_of_the_project_too(project, monkeypatch):
    monkeypatch.chdir(project.path / "tests")
    assert project.ids()[1:] == OWN


def test_layer_of_two_modules_is_checked_once(project):
    project.write("mypkg/all.py", "from mypkg.layers import SCALE\n")
    project.configure(gradcheck_modules="mypkg.layers mypkg.all")
    assert project.ids()[1:] == OWN


def test_file_is_a_module_too(project):
    project.configure(gradcheck_modules="mypkg/layers.py:SCALE")
    assert project.ids()[1:] == [f"mypkg/layers.py:SCALE::scale::{check}" for check in APPLICABLE]


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ("mypkg.nowhere", "ERROR: gradcheck_modules: there is no module 'mypkg.nowhere' here"),
        ("mypkg", "ERROR: gradcheck_modules: 'mypkg.broken' can't be imported: ZeroDivisionError: *line 1)"),
        ("mypkg.empty", "ERROR: gradcheck_modules: 'mypkg.empty' holds no gradcheck.Layer and no Claim;*"),
    ],
)
def test_module_that_cannot_be_used_is_a_usage_error(project, modules, said):
    project.write("mypkg/broken.py", "1 / 0\n")
    project.write("mypkg/empty.py", "")
    project.configure(gradcheck_modules=modules)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_test_that_does_not_exist_is_a_usage_error(project):
    result = project.run("mypkg.layers::squ")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: there is no test 'mypkg.layers::squ' in gradcheck_modules;*"])


def test_last_failures_are_run_again_and_the_run_stops_at_the_first(project):
    assert project.run().parseoutcomes() == {"passed": 21, "failed": 2}
    result = project.run("--lf", "-x")
    assert result.parseoutcomes() == {"failed": 1, "deselected": 21}
    result.stdout.fnmatch_lines(["FAILED mypkg.layers::square::finite-difference*"])


def test_failure_is_the_message_and_an_example_to_be_pasted(project):
    result = project.run("-k", "finite-difference or S2", "--gradcheck-seed=4")
    out = "\n".join(result.outlines)
    block = out[out.index("__ mypkg.layers::square::finite-difference __") :].splitlines()
    assert block[1] == "VJP of 'square' is wrong in the cotangent of 'x' (input 1 of 1)"
    repeat = "pytest mypkg.layers::square::finite-difference --gradcheck-seed=4 --gradcheck-max-examples=3"
    end = next(i for i, line in enumerate(block) if "__ mypkg.layers::S2 __" in line)
    said = block.index(f"  repeat       {repeat}")
    assert "example, to be pasted," in block[said + 1]
    assert block[said + 2] == "import gradcheck"
    assert block[end - 1].startswith("print(gradcheck.check(layer, x, seed=")
    assert block[end + 1] == "S2  A B = B A"
    assert ".py:" not in out
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_command_of_a_failure_repeats_it(project):
    first = project.run("-k", "finite-difference").outlines
    (command,) = (line.partition("repeat       pytest ")[2] for line in first if "  repeat " in line)
    again = project.run(*command.split()).outlines
    wanted = next(line for line in first if line.startswith("  derived"))
    assert wanted in again


def test_check_that_turns_out_not_to_apply_is_skipped(project):
    shy = "def shy(x):\n    assert x.size\n    return 2 * x\n"
    layer = 'SHY = Layer(shy, lambda x: (shy(x), lambda y_bar: 2 * y_bar), shapes={"x": "n"})\n'
    project.write("mypkg/layers.py", f"from gradcheck import Layer\n{shy}{layer}")
    project.run("-rs", "-k", "empty").stdout.fnmatch_lines(["SKIPPED *forward takes no such size*"])
