"""The benchmark's true derivatives are true, and what it says of a contestant is what that told."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import command, contestants
from benchmarks.accuracy.contestants import Answer
from benchmarks.accuracy.functions import FUNCTIONS, POINTS, Function

SQUARE = Function("x²", lambda m, x: x * x, 1.0, 2.0)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_function_is_the_same_in_floats_and_in_long_numbers(function):
    x = function.points()[0]
    h = 1e-4 * min(1.0, abs(x))
    quotient = (function.value(x + h) - function.value(x - h)) / (2 * h)
    assert function.slope(x) == pytest.approx(quotient, rel=3e-2, abs=1e-6)


def test_there_are_enough_derivatives_to_tell_995_of_1000():
    assert len(FUNCTIONS) * POINTS >= 500
    assert len({function.name for function in FUNCTIONS}) == len(FUNCTIONS)


def test_points_are_the_same_in_every_run_and_inside_the_interval():
    function = replace(SQUARE, low=1e-3, high=1e3, decades=True)
    assert function.points() == function.points()
    assert all(1e-3 <= x <= 1e3 for x in function.points())
    assert min(function.points()) < 1.0 < max(function.points())


def test_bar_is_true_if_the_error_is_within_it_and_an_untold_one_counts_as_neither():
    answers = [Answer(2.0, 0.0, 5), Answer(4.5, 0.1, 7), Answer(None, np.inf, 9)]
    row = command.judge("anyone", answers, np.array([2.0, 4.0, 6.0]))
    assert (row.told, row.true_bars, row.derivatives) == (2, 1, 3)
    assert (row.share, row.mean_evaluations, row.most_evaluations) == (0.5, 7.0, 9)


def test_evaluations_of_a_contestant_are_counted():
    calls = []
    counted = replace(SQUARE, of=lambda m, x: calls.append(np.size(x)) or x * x)
    assert contestants.ask_ours(counted, 1.5).evaluations == sum(calls)


def test_command_writes_a_table_and_is_content_with_our_bars(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "FUNCTIONS", FUNCTIONS[::9])
    assert command.main([]) == 0
    results = json.loads((tmp_path / "accuracy.json").read_text())
    assert results["about"]["together"] < 50
    assert (tmp_path / "accuracy.md").read_text() in capsys.readouterr().out


def test_command_fails_where_our_bars_are_false(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "FUNCTIONS", (SQUARE,))
    monkeypatch.setitem(contestants.CONTESTANTS, command.OURS, lambda function, x: Answer(0.0, 1e-9, 1))
    assert command.main([]) == 1
