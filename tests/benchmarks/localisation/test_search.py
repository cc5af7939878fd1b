"""A search of the benchmark finds what was planted, and counts what it took."""

import json

import numpy as np
import pytest

from benchmarks.localisation import command
from benchmarks.localisation.search import CALLS, linear, search
from tests.gradcheck.example_layers import trial_of

SIZE = 64


@pytest.mark.parametrize("wrong", [1, 3, 30])
def test_planted_entries_are_found(wrong):
    found = search(SIZE, wrong, 0)
    assert found.exact
    assert (found.wrong, found.entries) == (wrong, SIZE**2)
    assert 0 < found.calls < CALLS * SIZE**2
    assert found.fewer == CALLS * SIZE**2 / found.calls


def test_only_planted_entries_are_off():
    x, w = np.arange(6.0).reshape(2, 3), np.ones((3, 4))
    _, pullback = trial_of(linear({(2, 1): 0.5}), x, w).linearise()
    off = pullback(np.ones((2, 4)))[1] / (x.T @ np.ones((2, 4)))
    assert np.argwhere(off != 1.0).tolist() == [[2, 1]]
    assert off[2, 1] == 1.5


def test_command_writes_a_table_and_what_it_is_made_from(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "WRONG", (3,))
    assert command.main(["--size", "40", "--seeds", "1"]) == 0
    results = json.loads((tmp_path / "localisation.json").read_text())
    assert [s["exact"] for s in results["searches"]] == [True]
    said = (tmp_path / "localisation.md").read_text()
    assert said == markdown_of(capsys)
    assert said.splitlines()[2].startswith("| 3 | 1 of 1 |")


def markdown_of(capsys):
    """Return what was printed, without the end that print adds."""
    return capsys.readouterr().out.removesuffix("\n")


def test_search_that_takes_too_many_calls_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "WRONG", (1,))
    monkeypatch.setattr("benchmarks.localisation.search.BOUND", 0)
    assert command.main(["--size", "20", "--seeds", "1"]) == 1
