"""The report on mutants: its score with an interval, its survivors, and the forms in which it is written."""

import io
import json
from xml.etree import ElementTree

import pytest
from rich.console import Console

from gradcheck.reporting import (
    Fate,
    MutantReport,
    MutationReport,
    describe_score,
    mutation_summary,
    print_mutants,
    write_junit,
    write_mutation_json,
)
from gradcheck.reporting.mutation import wilson

KILLED = MutantReport(
    0, "sign", "backward", "mine.py", 3, "return g * x", "return -(g * x)", Fate.KILLED, "wrong", "exact"
)
SAME = MutantReport(
    1, "name", "backward", "mine.py", 3, "len(x)", "len(g)", Fate.EQUIVALENT, reason="same bits"
)
LIVING = MutantReport(
    2,
    "off by one",
    "backward",
    "mine.py",
    5,
    "bar[::stride] = g",
    "bar[::stride + 1] = g",
    Fate.SURVIVED,
    reason="only with stride=2",
    declaration='options={"stride": (1, 2)}',
)


def report(*mutants, **fields):
    return MutationReport("layer", mutants, fields.pop("planned", len(mutants)), 0, 30, **fields)


@pytest.mark.parametrize(
    ("killed", "counted", "low", "high"),
    # The intervals of Newcombe (1998), table I: method 3, in Statistics in Medicine 17.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_is_wilson_s(killed, counted, low, high):
    assert wilson(killed, counted) == pytest.approx((low, high), abs=5e-5)


def test_equivalent_mutants_are_not_counted():
    assert report(KILLED, SAME, LIVING).score == 0.5
    assert report(SAME).score is None


def test_score_of_a_sample_says_so():
    told = describe_score(report(KILLED, LIVING, planned=9))
    assert told == ("layer: 50.0% killed (1 killed, 1 survived; 95 % interval 9.5% to 90.5%; 2 of 9 judged)")


def test_layer_without_a_score_says_why():
    assert describe_score(report(reason="it is written in C")) == "layer: no score: it is written in C"


def test_text_has_the_diff_the_reason_and_the_declaration():
    assert str(report(KILLED, LIVING)).splitlines()[1:] == [
        "",
        "mine.py:5 (off by one, in backward)",
        "- bar[::stride] = g",
        "+ bar[::stride + 1] = g",
        "  only with stride=2",
        '  declare options={"stride": (1, 2)}',
    ]


def test_diff_shows_what_is_different():
    assert LIVING.diff == (("bar[::stride", "", "] = g"), ("bar[::stride", " + 1", "] = g"))


def printed(*reports, **console):
    file = io.StringIO()
    print_mutants(Console(file=file, width=100, **console), reports, 1.0)
    return file.getvalue()


def test_terminal_tells_survivors_of_one_reason_together():
    again = report(KILLED, LIVING, LIVING)
    text = printed(again)
    assert text.count("only with stride=2") == 1
    assert "layer, 2 mutants survived: only with stride=2\ndeclare options=" in text
    assert text.count("+ bar[::stride + 1] = g") == 2
    assert text.endswith(f"\n{mutation_summary([again], 1.0)}\n")


def test_terminal_colours_the_diff():
    text = printed(report(LIVING), force_terminal=True, color_system="standard")
    assert "\x1b[32mbar[::stride\x1b[0m\x1b[1;7;32m + 1\x1b[0m\x1b[32m] = g\x1b[0m" in text


def test_json_holds_every_mutant(tmp_path):
    write_mutation_json(tmp_path / "m.json", [report(KILLED, SAME, LIVING)])
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["score"] == 0.5
    (layer,) = found["layers"]
    assert layer["counts"] == {"killed": 1, "survived": 1, "equivalent": 1}
    assert [mutant["fate"] for mutant in layer["mutants"]] == ["killed", "equivalent", "survived"]


def test_junit_has_a_test_for_each_mutant_and_a_survivor_fails(tmp_path):
    write_junit(tmp_path / "m.xml", [report(KILLED, SAME, LIVING), report(reason="in C")], 1.0)
    suite, other = ElementTree.parse(tmp_path / "m.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == 'only with stride=2; declare options={"stride": (1, 2)}'
    assert failure.text == "- bar[::stride] = g\n+ bar[::stride + 1] = g"
    assert [error.get("message") for error in other.iter("error")] == ["in C"]
