"""Every verdict has a look of its own, in every form of a report."""

import pytest

from gradcheck import Verdict, check
from gradcheck.reporting import STYLES, annotate
from gradcheck.reporting.notebook import notebook
from tests.gradcheck.example_layers import FLAWED


@pytest.mark.parametrize("field", ["mark", "words", "terminal", "colour", "marker"])
def test_no_two_verdicts_look_alike(field):
    assert set(STYLES) == set(Verdict)
    assert len({getattr(style, field) for style in STYLES.values()}) == len(STYLES)


def test_flawed_layer_has_its_colour_in_a_notebook():
    report = check(FLAWED, max_examples=3)
    assert f'<b style="color:{STYLES[Verdict.FLAWED].colour}">FLAWED</b>' in notebook("", report.results)


def test_flawed_layer_is_an_error_on_github_and_has_its_mark_in_the_summary(tmp_path):
    lines, summary = [], tmp_path / "summary.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    annotate([(check(FLAWED, max_examples=3), None)], 1.0, lines.append, environment=environment)
    assert lines[0].startswith("::error title=gradcheck%3A flawed::'flawed' is flawed: ")
    assert "| ! FLAWED |" in summary.read_text(encoding="utf-8")
