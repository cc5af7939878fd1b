"""What a run says and writes: header, section, JSON, HTML, JUnit, GitHub; from one process or several."""

import json
import re
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import settings

from gradcheck.cli import main

FLAWED = """
import numpy as np
from gradcheck import Layer

def vjp(x):
    return x * x, lambda y_bar: np.multiply(y_bar, 2 * x, out=y_bar)

DIRTY = Layer(np.square, vjp, shapes={"x": "n"}, name='dirty')
"""


def document(project, name="report.json"):
    return json.loads((project.path / name).read_text(encoding="utf-8"))


def test_section_tells_verdicts_and_sensitivity(project):
    out = project.run("--gradcheck-seed=1").stdout
    out.re_match_lines(
        [
            r"=+ gradcheck =+",
            r"✓ scale     CORRECT     would see \d+e-\d+",
            r"✗ square    WRONG       would see –  \(finite-difference\)",
            r"✓ claim S1  holds",
            r"✗ claim S2  refuted",
            r"2 layers: 1 CORRECT, 1 WRONG \(20 checks, .*; 2 claims: 1 holds, 1 refuted; seed 1, .* s",
        ],
        consecutive=True,
    )


def test_header_tells_versions_profile_examples_and_seed(project):
    said = r"gradcheck \S+, numpy \S+, hypothesis \S+; profile few, 7 examples, seed 5"
    project.run("--gradcheck-seed=5", "--gradcheck-max-examples=7", "-k", "none").stdout.re_match_lines(
        [said]
    )


def test_derandomised_profile_has_seed_0_and_its_own_number_of_examples(project):
    settings.register_profile("same", max_examples=2, derandomize=True)
    settings.load_profile("same")
    project.run("-k", "scale and finite", "--gradcheck-json=report.json").stdout.re_match_lines(
        [r".*; profile same, 2 examples, seed 0"]
    )
    (scale,) = document(project)["layers"]
    assert (scale["seed"], scale["checks"][0]["examples"]) == (0, 2)


def test_hypothesis_seed_is_the_seed_where_no_other_is_given(project, monkeypatch):
    monkeypatch.setattr("hypothesis.core.global_force_seed", None)
    project.run("--hypothesis-seed=12", "-k", "none").stdout.re_match_lines([r".*, seed 12"])


def test_run_without_a_seed_draws_one_for_all_its_tests(project):
    project.run("--gradcheck-json=report.json", "-k", "purity or linearity")
    first = {layer["seed"] for layer in document(project)["layers"]}
    project.run("--gradcheck-json=report.json", "-k", "purity or linearity")
    second = {layer["seed"] for layer in document(project)["layers"]}
    assert len(first) == len(second) == 1
    assert first != second


def test_json_is_that_of_the_command_line(project, monkeypatch, capsys):
    project.run("--gradcheck-json=report.json", "--gradcheck-seed=3")
    monkeypatch.setattr(sys, "path", [*sys.path, str(project.path)])
    monkeypatch.setattr("gradcheck.cli.default_database", lambda: None)
    assert main(["verify", "mypkg.layers", "--seed=3", "--max-examples=3", "--json=verified.json"]) == 1
    capsys.readouterr()
    assert document(project) == document(project, "verified.json")


def test_several_workers_give_the_document_of_one(project):
    project.write(
        "conftest.py",
        "from hypothesis import settings\n"
        "settings.register_profile('few', max_examples=3)\nsettings.load_profile('few')\n",
    )
    result = project.pytester.runpytest_subprocess("-n2", "--gradcheck-json=two.json")
    assert result.parseoutcomes() == {"passed": 21, "failed": 2}
    result.stdout.re_match_lines([r"✓ scale     CORRECT     would see \d+e-\d+"])
    (seed,) = {layer["seed"] for layer in document(project, "two.json")["layers"]}
    project.run("--gradcheck-json=one.json", f"--gradcheck-seed={seed}")
    assert document(project, "one.json") == document(project, "two.json")


def test_junit_properties_tell_each_verdict(project):
    project.run("--junitxml=junit.xml", "--gradcheck-seed=1", "-k", "finite-difference or S1")
    cases = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    told = {
        f"{c.get('classname')}.{c.get('name')}": {p.get("name"): p.get("value") for p in c.iter("property")}
        for c in cases
    }
    scale = told["mypkg.layers.scale.finite-difference"]
    assert 0 < float(scale.pop("gradcheck_sensitivity")) < 1e-6
    assert scale == {
        "gradcheck_layer": "scale",
        "gradcheck_check": "finite-difference",
        "gradcheck_verdict": "CORRECT",
        "gradcheck_examples": "3",
        "gradcheck_seed": "1",
    }
    assert told["mypkg.layers.square.finite-difference"]["gradcheck_verdict"] == "WRONG"
    assert told["mypkg.layers.S1"]["gradcheck_decision"] == "holds"


def test_failing_example_is_printed_to_be_pasted(project):
    lines = project.run("-k", "square and finite-difference", "--gradcheck-seed=1").outlines
    start = next(i for i, line in enumerate(lines) if "example, to be pasted," in line)
    pasted = lines[start + 1 :]
    assert "import gradcheck" in pasted[0]
    assert "from mypkg.layers import SQUARE as layer" in pasted
    assert any(line.startswith("print(gradcheck.check(layer, x, seed=") for line in pasted)


def test_parametrised_tests_are_reported_and_marked(project):
    project.configure()
    project.write(
        "tests/test_mine.py",
        "import gradcheck\nfrom mypkg.layers import SCALE\n\n"
        "@gradcheck.parametrize_with_checks([SCALE])\n"
        "def test_gradients(layer, check):\n    check(layer)\n",
    )
    result = project.run("-m", "gradcheck", "-p", "no:cacheprovider", "-o", "pythonpath=.")
    assert result.parseoutcomes() == {"passed": 10, "deselected": 1}
    result.stdout.re_match_lines([r"✓ scale  CORRECT     would see \d+e-\d+"])


def test_run_that_does_not_use_gradcheck_says_nothing(project):
    project.configure()
    assert not re.search("gradcheck [0-9]|= gradcheck =", project.run().stdout.str())


@pytest.mark.parametrize("option", ["--gradcheck-json", "--gradcheck-report"])
def test_file_that_cannot_be_written_is_refused_before_the_tests(project, option):
    result = project.run(f"{option}=mypkg/layers.py/file", "-s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {option}: 'mypkg?layers.py?file' can't be written: File exists"])
    assert "collected" not in result.stdout.str()


@pytest.mark.parametrize(
    "option", ["--gradcheck-seed=-1", "--gradcheck-max-examples=0", "--gradcheck-seed=x"]
)
def test_number_that_makes_no_sense_is_refused(project, option):
    result = project.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*a whole number of at least * is expected, got *"])


@pytest.fixture
def page(monkeypatch):
    """Stand in for the module that writes HTML, and return what it was asked to write."""
    written = {}

    def write(path, found, *, seconds=None):
        written.update(path=path, found=list(found), seconds=seconds)

    monkeypatch.setitem(sys.modules, "gradcheck.html", SimpleNamespace(require=lambda: None, write=write))
    return written


def test_page_is_written_of_whole_reports_and_rulings(project, page):
    project.run("--gradcheck-report=page.html", "-k", "scale or S2")
    assert page["path"].name == "page.html"
    assert [type(f).__name__ for f in page["found"]] == ["Report", "Ruling"]
    assert page["found"][0].layer == "scale"
    assert page["found"][1].counterexample.left.shape == (2, 2)
    assert page["seconds"] > 0


def test_page_without_its_packages_is_refused_before_the_tests(project, monkeypatch):
    def require():
        message = "the report needs jinja2"
        raise ImportError(message)

    monkeypatch.setitem(sys.modules, "gradcheck.html", SimpleNamespace(require=require))
    result = project.run("--gradcheck-report=page.html")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --gradcheck-report: the report needs jinja2"])


def test_github_is_told_lines_and_given_a_summary(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "summary.md"))
    out = project.run("-k", "finite-difference").stdout
    text = (project.path / "mypkg" / "layers.py").read_text(encoding="utf-8")
    line = text.splitlines().index("def square_backward(y_bar, x):") + 1
    out.fnmatch_lines(
        [f"::error file=mypkg/layers.py,line={line},title=gradcheck%3A square::VJP of 'square'*"]
    )
    assert "| square | ✗ WRONG |" in (project.path / "summary.md").read_text(encoding="utf-8")


def test_counterexample_of_one_run_is_the_first_example_of_the_next(project):
    rare = """
import numpy as np
from gradcheck import Layer
from hypothesis import strategies as st

def vjp(x):
    return x * x, lambda y_bar: y_bar * x * np.where(abs(x - 37) < 0.5, 3, 2)

CASES = st.sampled_from(range(1, 61)).map(lambda n: ((np.array([float(n)]),), {}))
RARE = Layer(lambda x: x * x, vjp, name="rare", cases=CASES)
"""
    project.write("mypkg/layers.py", rare)
    arguments = ("-k", "finite-difference", "--gradcheck-json=report.json")
    found = project.run(*arguments, "--gradcheck-seed=0", "--gradcheck-max-examples=500")
    assert found.parseoutcomes() == {"failed": 1, "deselected": found.parseoutcomes()["deselected"]}
    assert not document(project)["layers"][0]["checks"][0]["replayed"]
    again = project.run(*arguments, "--gradcheck-seed=9", "--gradcheck-max-examples=1")
    assert document(project)["layers"][0]["checks"][0]["replayed"]
    again.stdout.fnmatch_lines(
        ["  repeat * --gradcheck-seed=9 --gradcheck-max-examples=1  # tries the example first*"]
    )


def test_plugin_blocked_is_a_project_without_it(project):
    project.configure()
    name = "gradcheck" if not project.pytester.plugins else "gradcheck.pytest_plugin.hooks"
    project.pytester.plugins = []
    assert project.run("-p", f"no:{name}").ret == pytest.ExitCode.OK


def test_folder_of_a_file_is_made(project):
    project.run("-k", "scale and purity", "--gradcheck-json=out/of/report.json")
    assert document(project, "out/of/report.json")["verdict"] == "CORRECT"


def test_flaw_fails_its_test_and_stands_in_junit_and_in_the_section(project):
    project.write("mypkg/layers.py", FLAWED)
    result = project.run("-k", "purity or linearity", "--junitxml=junit.xml")
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["passed"]) == (1, 1)
    result.stdout.re_match_lines([r"'dirty' is flawed: .*", r"! dirty  FLAWED .*\(purity\)"])
    properties = ElementTree.parse(project.path / "junit.xml").iter("property")
    verdicts = {p.get("value") for p in properties if p.get("name") == "gradcheck_verdict"}
    assert verdicts == {"FLAWED", "CORRECT"}


def test_exemption_is_a_skip_with_its_reason_and_stands_in_the_section(project):
    text = FLAWED.replace("name='dirty'", "name='dirty', exempt={'purity': 'for good'}")
    project.write("mypkg/layers.py", text)
    result = project.run("-k", "purity or linearity", "-rs")
    outcomes = result.parseoutcomes()
    assert (outcomes["skipped"], outcomes["passed"]) == (1, 1)
    result.stdout.re_match_lines_random([r".*exempt: for good", r"exempt: dirty: purity: for good"])


GAP = """
import numpy as np
from gradcheck import Layer

def backward(y_bar, x):
    if len(x) > 1000:
        return y_bar * 2 * x
    return 2 * x * y_bar

GAP = Layer.from_backward(np.square, backward, shapes={"x": "n"}, name="gap")
"""


@pytest.mark.parametrize("ways", [(), ("-n", "1")])
def test_run_fails_where_a_backward_may_have_no_gaps_and_has_one(project, ways):
    project.write("mypkg/layers.py", GAP)
    assert project.run(*ways).ret == pytest.ExitCode.OK
    found = project.run("--gradcheck-require-reached", "--gradcheck-json=report.json", *ways)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.re_match_lines([r"\? gap +UNVERIFIED .*\(reach\)"])
    (layer,) = document(project)["layers"]
    assert layer["verdict"] == "UNVERIFIED"
    assert "layers.py:7" in layer["checks"][-1]["reason"]


def test_part_of_the_checks_says_nothing_of_gaps(project):
    project.write("mypkg/layers.py", GAP)
    assert project.run("--gradcheck-require-reached", "-k", "purity").ret == pytest.ExitCode.OK


def test_no_gap_passes_where_none_is_allowed(project):
    project.write("mypkg/layers.py", GAP.replace("1000", "1"))
    assert project.run("--gradcheck-require-reached").ret == pytest.ExitCode.OK
