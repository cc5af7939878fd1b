"""Every mistake can be made, right layers are right, and a cause is worth what it says."""

import pytest

import gradcheck
from benchmarks.causes.judge import judged, worth
from benchmarks.causes.record import Bug, everything, source
from benchmarks.causes.unseen import SOURCES as UNSEEN
from benchmarks.causes.unseen.record import Mistake
from benchmarks.causes.written import SOURCES

RIGHT = ("ridge", "upsample", "swish", "chain of labels", "cholesky factor", "rotation by a quaternion")
BUG = Bug("", "", ("sign", "input a"))


@pytest.mark.parametrize(
    ("source", "bug"),
    [pytest.param(s, b, id=f"{s.name}-{b.new[:20]}") for s, b in everything((*SOURCES, *UNSEEN))],
)
def test_mistake_can_be_made(source, bug):
    assert source.layer(bug).name == source.name


def test_there_are_enough_of_them():
    assert len(SOURCES) >= 25
    assert len(list(everything(SOURCES))) >= 120
    assert len(UNSEEN) >= 80
    assert len(list(everything(UNSEEN))) >= 300


@pytest.mark.parametrize("source", [s for s in (*SOURCES, *UNSEEN) if s.name in RIGHT], ids=lambda s: s.name)
def test_right_layer_is_right(source):
    checks = gradcheck.check(source.layer(), max_examples=20).results
    assert next(r for r in checks if r.check == "finite-difference").verdict.value == "CORRECT"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("sign", "true"),
        ("input a swapped", "true"),
        ("no name", "absent"),
        ("terms missing", "vague"),
        ("constant -1.0", "vague"),
        ("zero", "false"),
    ],
)
def test_worth_of_a_cause(key, expected):
    assert worth(key, "", BUG) == expected


MISTAKE = Mistake("", "", ("the factor two is missing",), "half|twice", equal="0.5 times", hint="by accident")


@pytest.mark.parametrize(
    ("key", "message", "expected"),
    [
        ("factor", "it is HALF what it should be", "true"),
        ("factor", "every entry is 0.5 times the right one", "true"),
        ("terms missing", "some are missing", "vague"),
        ("factor", "it is half, by accident", "vague"),
        ("factor", "it has the wrong sign", "false"),
        ("no name", "", "absent"),
    ],
)
def test_worth_of_a_message_in_plain_words(key, message, expected):
    assert worth(key, message, MISTAKE) == expected


def test_piece_that_is_not_there_is_an_error():
    layer = source("double", "2 * x", "2 * g", [("3", "4", "sign")], shapes={"x": "n"})
    with pytest.raises(ValueError, match="'3' stands 0 times"):
        layer.layer(layer.bugs[0])


def test_cause_of_a_mistake_is_judged():
    layer = source("double", "2 * x", "2 * g", [("2 * g", "-2 * g", "sign")], shapes={"x": "n"})
    said = judged(layer, layer.bugs[0])
    assert (said.key, said.worth) == ("sign", "true")
