"""The hidden mistakes are mistakes, hidden, and counted as they are found."""

import numpy as np
import pytest

from benchmarks.hidden.bugs import MISTAKES
from benchmarks.hidden.command import main, markdown
from benchmarks.hidden.find import find
from benchmarks.hidden.proof import prove
from benchmarks.hidden.record import KINDS
from gradcheck import Verdict, check

RIGHT = {hidden.right.name: hidden.right for hidden in MISTAKES}
BY_NAME = {hidden.name: hidden for hidden in MISTAKES}
SOME = MISTAKES[::12]


def test_there_are_enough_of_every_kind():
    assert len(MISTAKES) >= 150
    assert len(RIGHT) >= 25
    assert {hidden.kind for hidden in MISTAKES} == set(KINDS)
    assert len(BY_NAME) == len(MISTAKES)
    assert all(hidden.story.endswith(".") for hidden in MISTAKES)


@pytest.mark.parametrize("name", RIGHT)
def test_layer_without_the_mistake_is_right(name):
    assert check(RIGHT[name].layer, max_examples=20).verdict is Verdict.CORRECT


@pytest.mark.parametrize("hidden", SOME, ids=lambda hidden: hidden.name)
def test_mistake_is_wrong_where_differences_of_its_own_say_so(hidden):
    witness = prove(hidden)
    assert witness is not None
    assert witness.measured == pytest.approx(witness.right, rel=1e-3, abs=1e-6)
    assert witness.measured != pytest.approx(witness.derived, rel=1e-3, abs=1e-6)


def test_right_layer_has_no_proof_against_it():
    def nothing(bars, *_):
        pass

    hidden = MISTAKES[0]
    harmless = type(hidden)(hidden.right, "size", nothing)
    assert prove(harmless) is None


@pytest.mark.parametrize(
    "name",
    [
        "dense: rows in blocks of eight",
        "activation: double is forgotten",
        "pad: wrap by two",
        "log1p: small ones",
        "row_maximum: mask of equals",
        "softmax: constant cotangents",
        "relu: mask of the first call",
        "split: last part alone",
    ],
)
def test_one_of_each_kind_is_found(name):
    assert find(BY_NAME[name], 0) in ("WRONG", "FLAWED")


def test_mistake_of_a_call_begins_anew_with_each_layer():
    hidden = BY_NAME["relu: mask of the first call"]
    x = np.array([1.0, -1.0])
    for sign in (1.0, -1.0):
        _, pullback = hidden.make().vjp(sign * x)
        assert np.array_equal(pullback(np.ones(2))[0], (sign * x > 0) * 1.0)


def test_table_counts_runs_and_names_what_is_missed():
    chosen = [BY_NAME["pad: wrap by two"], BY_NAME["log1p: small ones"]]
    found = {"gradcheck": {chosen[0].name: ["WRONG", "FLAWED"], chosen[1].name: ["CORRECT", "UNVERIFIED"]}}
    text = markdown(chosen, found)
    assert "| pair | 1 | 100% |" in text
    assert "| value | 1 | 0% (50%) |" in text
    assert "| size | 0 | – |" in text
    assert "- log1p: small ones (value): CORRECT, UNVERIFIED. Below 1 the series stops too early." in text


def test_command_of_one_mistake_prints_its_table(capsys):
    assert main(["--only", "pad: wrap by two", "--seeds", "1", "--peer-seeds", "0"]) == 0
    assert "| all | 1 | 100% |" in capsys.readouterr().out
