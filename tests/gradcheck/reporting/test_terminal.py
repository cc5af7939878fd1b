"""The table and the line that end a run."""

from gradcheck import check
from gradcheck.reporting.terminal import count_decisions, summary
from tests.gradcheck.example_layers import SQUARE


def test_the_closing_line_counts_one_check_as_one():
    report = check(SQUARE, max_examples=2, checks=("linearity",))
    assert "1 layer: 1 UNVERIFIED (1 check, " in summary([report], [], 0, 0.1)


def test_decisions_agree_with_their_number():
    assert count_decisions(["holds"]) == "1 holds"
    assert count_decisions(["refuted", "holds if", "holds", "holds"]) == (
        "2 hold, 1 holds under conditions, 1 refuted"
    )
