"""`parametrize_with_checks`: one test for each layer and check, and a failure that can be repeated."""

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import gradcheck
from gradcheck import Layer, Verdict, parametrize_with_checks
from gradcheck.checks import CHECKS
from gradcheck.pytest_plugin.parametrize import CheckedByPytest
from tests.gradcheck.example_layers import BY_NAME, LINEAR, RELU, SQUARE

INSTALLED = any(entry.name == "gradcheck" for entry in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "gradcheck.pytest_plugin.hooks")
SUITE = """
import gradcheck
from gradcheck import Layer

def square(x):
    return x * x

def layer(factor, name):
    vjp = lambda x: (square(x), lambda y_bar: factor * x * y_bar)
    return Layer(square, vjp, shapes={"x": "n"}, name=name)

def refusing(x):
    if x.size == 0:
        raise ValueError("one entry at least")
    return x * x

SHY = Layer(refusing, lambda x: (refusing(x), lambda y_bar: 2 * x * y_bar), shapes={"x": "n"}, name="shy")

@gradcheck.parametrize_with_checks([layer(2, "right"), layer(3, "wrong one"), SHY])
def test_gradients(layer, check):
    check(layer)
"""


CONFTEST = """
from hypothesis import settings

settings.register_profile("few", max_examples=8)
settings.load_profile("few")
"""


def pytest_in(folder, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "HYPOTHESIS", "CI"))}
    environment["PYTHONPATH"] = str(Path(gradcheck.__file__).parent.parent)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *PLUGIN, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_mine.py").write_text(SUITE, encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    return folder, *pytest_in(folder, "-v", "-rs")


def test_ids_are_layer_and_check(suite):
    _, _, out = suite
    ids = re.findall(r"test_mine\.py::test_gradients\[(.*?)\] [A-Z]", out)
    concerned = [c.name for c in CHECKS if c.inapplicable(Layer(abs, abs, shapes={"x": "n"})) is None]
    assert ids == [f"{layer}-{check}" for layer in ("right", "wrong one", "shy") for check in concerned]


def test_wrong_gradient_fails_and_right_ones_pass(suite):
    _, status, out = suite
    assert status == 1
    assert re.findall(r"\[(.*?)\] FAILED", out) == ["wrong one-finite-difference"]
    assert "[right-finite-difference] PASSED" in out


def test_failure_is_the_message_and_not_the_harness(suite):
    _, _, out = suite
    assert "WrongGradient: VJP of 'wrong one' is wrong in the cotangent of 'x' (input 1 of 1)" in out
    assert re.search(r"\n(E )?\s+smallest     x \(1,\)\n", out)
    assert "gradcheck/search.py" not in out
    assert "INTERNALERROR" not in out


def test_failure_can_be_repeated_with_the_command_that_it_prints(suite):
    folder, _, out = suite
    test = r"'(test_mine\.py::test_gradients\[wrong one-finite-difference\])'"
    found = re.search(rf"repeat       pytest {test} (--gradcheck-seed=\d+) (--gradcheck-max-examples=8)", out)
    assert found
    status, again = pytest_in(folder, found[1], found[2], found[3])
    assert status == 1
    for row in ("derived", "numerical", "smallest"):
        (line,) = set(re.findall(rf"\n(?:E )?\s+({row}  .*)", out))
        assert line in again


def test_without_the_plugin_a_failure_is_repeated_by_hypothesis_s_own_seed(suite):
    folder, _, _ = suite
    blocked = ("-p", "no:gradcheck") if INSTALLED else ("-p", "no:gradcheck.pytest_plugin")
    _, out = pytest_in(folder, *blocked, "-k", "wrong and finite", "--hypothesis-seed=3")
    assert re.search(r"repeat       pytest '.*\[wrong one-finite-difference\]' --hypothesis-seed=3\b", out)


def test_check_that_turns_out_not_to_apply_is_skipped_with_its_reason(suite):
    _, _, out = suite
    assert "[shy-empty] SKIPPED" in out
    assert "forward takes no such size" in out


def argvalues(layers):
    return [(p.values[0].name, p.values[1].check.name, p.id) for p in parametrize_with_checks(layers).args[1]]


@pytest.mark.parametrize("layer", [SQUARE, LINEAR, RELU])
def test_only_checks_that_apply_are_generated(layer):
    names = [c.name for c in CHECKS if c.inapplicable(layer) is None]
    assert argvalues([layer]) == [(layer.name, name, f"{layer.name}-{name}") for name in names]


def test_layers_may_come_from_a_generator():
    assert argvalues(layer for layer in (SQUARE, RELU)) == argvalues([SQUARE, RELU])


@pytest.mark.parametrize("layers", [[], (), iter([])])
def test_nothing_to_test_is_refused(layers):
    with pytest.raises(TypeError, match="was given no layers, so nothing would be tested"):
        parametrize_with_checks(layers)


@pytest.mark.parametrize("stranger", [abs, None, "square", Layer])
def test_anything_but_a_layer_is_refused(stranger):
    with pytest.raises(TypeError, match=r"^parametrize_with_checks expects gradcheck\.Layer objects, got "):
        parametrize_with_checks([SQUARE, stranger])


def test_right_layer_returns_nothing():
    assert CheckedByPytest(BY_NAME["purity"])(SQUARE) is None


def test_verdict_words_are_stable():
    words = ["CORRECT", "WRONG", "FLAWED", "UNVERIFIED", "NOT_APPLICABLE", "EXEMPT"]
    assert [v.value for v in Verdict] == words


def made(dtype, scale):
    return Layer(
        lambda x: scale * x,
        lambda x: (scale * x, lambda y_bar: scale * y_bar),
        name="scaled",
        dtype=dtype,
        shapes={"x": "n"},
    )


def cases_of(layers, **matrix):
    _, cases = parametrize_with_checks(layers, **matrix).args
    return [case for case in cases if case.values[1].check.name == "contract"]


def test_matrix_makes_a_layer_of_each_combination():
    skipped = pytest.param(3.0, marks=pytest.mark.skip(reason="none here"), id="three")
    cases = cases_of([made], dtype=("float64", "float32"), scale=(2.0, skipped))
    assert [case.id for case in cases] == [
        f"scaled-{dtype}-{scale}-contract" for dtype in ("float64", "float32") for scale in ("2.0", "three")
    ]
    assert [case.values[0].dtype for case in cases] == ["float64", "float64", "float32", "float32"]
    assert [[mark.name for mark in case.marks] for case in cases] == [[], ["skip"], [], ["skip"]]


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([SQUARE], "expects functions of dtype, scale that make"),
        ([lambda dtype, scale: 1], "Layer objects, got 1"),
    ],
)
def test_matrix_without_layers_is_told_what_is_expected(layers, said):
    with pytest.raises(TypeError, match=said):
        cases_of(layers, dtype=("float64",), scale=(1.0,))
