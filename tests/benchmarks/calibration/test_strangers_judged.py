"""What counts as deserved, what becomes of runs without a verdict, and what the report lists."""

import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.calibration.strangers import POINT, RIGHT, SHAPES, STRANGERS
from benchmarks.calibration.strangers.isolated import _received, isolated
from benchmarks.calibration.strangers.judge import CRASHED, UNFINISHED, Judged, Run, deserved, judged, runs
from benchmarks.calibration.strangers.report import SECTIONS, markdown, summary
from benchmarks.calibration.strangers.stranger import FLAWED, by_backward

SQUARE = by_backward(
    "square", lambda x: x * x, lambda g, x: 2 * x * g, np.ones(2), wrong={"half": lambda g, x: x * g}
)


def _run(stranger=SQUARE, variant=RIGHT):
    return Run("a family", stranger, variant, POINT)


def test_right_layer_deserves_what_it_expects():
    assert deserved(_run(), "CORRECT", (), "")
    assert not deserved(_run(), "FLAWED", (), "")
    assert deserved(_run(replace(SQUARE, expected=FLAWED)), "FLAWED", (), "")


def test_wrong_twin_counts_only_where_values_were_compared():
    assert deserved(_run(variant="half"), "WRONG", ("purity", "finite-difference"), "")
    assert not deserved(_run(variant="half"), "WRONG", ("purity",), "")
    assert not deserved(_run(variant="half"), "UNVERIFIED", (), "")


def test_undeclared_approximation_may_be_wrong_if_the_remedy_is_named():
    run = _run(replace(SQUARE, undeclared=True))
    assert deserved(run, "WRONG", ("finite-difference",), "declare accuracy=1e-6")
    assert not deserved(run, "WRONG", ("finite-difference",), "no known pattern")


def test_field_that_is_not_known_is_left_out_and_told():
    layer, unknown = replace(SQUARE, declared={"colour": "blue", "traits": ("smooth",)}).layer(RIGHT, POINT)
    assert unknown == ("colour",)
    assert layer.traits == {"smooth"}


def test_right_layer_and_its_twin_are_told_apart():
    right, wrong = (judged(_run(variant=v), 0) for v in SQUARE.variants)
    assert (right.verdict, right.fine, right.found_by) == ("CORRECT", True, ())
    assert (wrong.verdict, wrong.fine) == ("WRONG", True)
    assert wrong.forward_calls > 0


def test_exception_of_a_check_is_a_result():
    broken = replace(SQUARE, door="from_module")
    found = judged(_run(broken), 0)
    assert (found.verdict, found.fine) == (CRASHED, False)
    assert "TypeError" in found.reason


@pytest.mark.parametrize(("code", "verdict"), [(-signal.SIGXCPU, UNFINISHED), (3, CRASHED)])
def test_process_without_an_answer_has_no_verdict(code, verdict):
    def nothing():
        raise EOFError

    process = SimpleNamespace(join=lambda: None, exitcode=code)
    found = _received(SimpleNamespace(recv=nothing, close=lambda: None), process, 1, 0)
    assert (found.name, found.verdict, found.fine) == (STRANGERS[0].name, verdict, False)


def test_processes_answer_in_the_order_of_the_runs():
    every, ticks = len(STRANGERS), []
    found = isolated(every, 0, lambda: ticks.append(1))
    expected = [(run.variant, run.place) for run in runs(every)]
    assert [(j.variant, j.place) for j in found] == expected
    assert len(ticks) == len(expected)
    assert {j.verdict for j in found if j.variant != RIGHT} == {"WRONG"}


def test_everything_that_falls_short_is_listed_once():
    found = [
        Judged("f", "a", RIGHT, POINT, "right", "CORRECT", True),
        Judged("f", "b", RIGHT, POINT, "right", "WRONG", False, "told | why"),
        Judged("f", "b", RIGHT, SHAPES, "right", "UNVERIFIED", False),
        Judged("f", "c", RIGHT, POINT, "right", "FLAWED", False),
        Judged("f", "a", "twin", POINT, "wrong", "CORRECT", False, seconds=11.0),
        Judged("f", "d", RIGHT, POINT, "undeclared", "WRONG", False),
        Judged("f", "e", RIGHT, POINT, "right", "UNVERIFIED", True, "steps"),
    ]
    counts = summary(found)
    listed = {title: [r["name"] for r in counts["runs"] if chosen(r)] for title, chosen in SECTIONS.items()}
    assert list(listed.values()) == [["b"], ["b"], ["e"], ["c"], ["d"], ["a"], ["a"]]
    assert counts["right"]["by_family"] == {"f": {"CORRECT": 1, "WRONG": 1, "UNVERIFIED": 2, "FLAWED": 1}}
    said = markdown({"strangers": counts, "versions": {"python": "3"}, "date": "today", "seed": 0})
    assert "told \\| why" in said
    assert "## Wrong, and missed (1)" in said
