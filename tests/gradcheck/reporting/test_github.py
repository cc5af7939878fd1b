"""Annotations and the job summary, as GitHub's runner reads them."""

import numpy as np
import pytest

from gradcheck import Claim, Layer, check, decide
from gradcheck.layers.origin import SourceLine, source_line_of
from gradcheck.reporting.github import annotate, annotation, markdown
from tests.gradcheck.example_layers import MISSING_SUM, SQUARE, missing_sum_vjp, square

WRONG = check(MISSING_SUM, max_examples=4)
RIGHT = check(SQUARE, max_examples=4)
SWAP = decide(Claim("S", "A B = B A", np.matmul, lambda a, b: b @ a, {"a": "n n", "b": "n n"}))
ACTIONS = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/home/runner/work"}


def told(found, environment, notes=()):
    said = []
    annotate(found, 1.5, said.append, notes=notes, environment=environment)
    return said


def test_annotation_stands_at_the_line_of_the_derivation():
    line = source_line_of(MISSING_SUM)
    assert line.number == missing_sum_vjp.__code__.co_firstlineno
    root = line.file.removesuffix("tests/gradcheck/example_layers.py")
    said = annotation("linear", str(WRONG), line, root)
    assert said.startswith(
        f"::error file=tests/gradcheck/example_layers.py,line={line.number},title=gradcheck%3A linear::"
    )
    assert "\n" not in said
    assert "%0A  derived" in said


def test_annotation_without_a_line_names_the_layer():
    assert annotation("linear", str(WRONG), None, ".").startswith(
        "::error title=gradcheck%3A linear::VJP of 'linear' is wrong"
    )


def test_annotation_of_another_folder_keeps_the_whole_path(tmp_path):
    file = tmp_path / "a,b%.py"
    assert f"file={tmp_path}/a%2Cb%25.py,line=3," in annotation(
        "linear", "wrong", SourceLine(str(file), 3), "/home/runner"
    )


def test_only_what_is_not_correct_is_annotated():
    said = told([(RIGHT, None), (WRONG, None), (SWAP, None)], ACTIONS)
    assert [line.partition("::error title=gradcheck%3A ")[2].partition("::")[0] for line in said] == [
        "linear",
        "claim S",
    ]


@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_nothing_is_said(environment):
    assert told([(WRONG, None)], environment) == []


def test_summary_is_appended_with_a_row_for_each_layer_and_each_claim(tmp_path):
    file = tmp_path / "summary.md"
    file.write_text("before\n", encoding="utf-8")
    environment = {"GITHUB_STEP_SUMMARY": str(file)}
    assert told([(RIGHT, None), (WRONG, None), (SWAP, None)], environment, ["exempt: *x*"]) == []
    text = file.read_text(encoding="utf-8")
    assert text.startswith("before\n## gradcheck\n")
    assert "| square | ✓ CORRECT | " in text
    assert "| linear | ✗ WRONG | " in text
    assert "| S | A B = B A | ✗ refuted |" in text
    assert "### linear\n\n```text\nVJP of 'linear' is wrong in the cotangent of 'b' (input 3 of 3)\n" in text
    assert "- exempt: \\*x\\*" in text


def test_summary_that_cannot_be_written_is_said_and_does_no_harm(tmp_path):
    (said,) = told([(RIGHT, None)], {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert said.startswith(f"gradcheck: the job summary {str(tmp_path)!r} can't be written: ")


def test_names_cannot_break_the_table():
    report = check(Layer(square, SQUARE.vjp, shapes={"x": "n"}, name="a|b <i> `c`"), max_examples=2)
    assert "| a\\|b \\<i\\> \\`c\\` | ✓ CORRECT |" in markdown([report], 1.0)


def test_message_with_a_fence_is_fenced_by_a_longer_one():
    report = check(Layer(square, np.sin, shapes={"x": "n"}, name="```"), max_examples=2)
    assert "````text\nVJP of '```'" in markdown([report], 1.0)
