"""Every mistake can be made, right layers are right, and a cause is worth what it says."""

import pytest

import gradcheck
from benchmarks.causes.judge import judged, repairs, worth
from benchmarks.causes.mended import edited, mends
from benchmarks.causes.record import Bug, everything, source
from benchmarks.causes.unseen import SOURCES as UNSEEN
from benchmarks.causes.unseen.record import Mistake
from benchmarks.causes.written import SOURCES
from gradcheck.judging import Repair

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


SINE = source(
    "sine",
    "np.sin(x) * len(x)",
    "n = len(x)\nreturn g * np.cos(x) * n",
    [("np.cos(x) * n", "np.sin(x) * n", "no name")],
    shapes={"x": "n"},
)


def test_repair_of_a_mistake_is_made_and_judged():
    said = judged(SINE, SINE.bugs[0])
    assert (said.worth, repairs([said])) == ("true", 1)
    assert "reads `return g * np.cos(x) * n` in place of `return g * np.sin(x) * n`" in said.words


@pytest.mark.parametrize(
    ("new", "expected"),
    [("return n * np.cos(x) * g", True), ("return g * np.cos(x) * 3", False), ("return g * nowhere", False)],
)
def test_repair_is_one_if_it_is_right_at_all_fresh_examples(new, expected):
    file = SINE.layer(SINE.bugs[0]).vjp.__wrapped__.__code__.co_filename
    assert mends(Repair(file, 3, "return g * np.sin(x) * n", new), SINE, 0) is expected


def test_repair_is_made_of_the_lines_that_it_tells():
    text = "def f(x):\n    y = (\n        x + 1\n    )\n    return y\n"
    assert edited(text, Repair("", 2, "y = ( x + 1 )", "y = x")) == "def f(x):\n    y = x\n    return y\n"
    assert edited(text, Repair("", 3, "x + 1", "x + 2")).splitlines()[2] == "        x + 2"
    assert edited(text, Repair("", 5, "return y", "")).splitlines()[4] == "    pass"
    with pytest.raises(ValueError, match="does not stand on line 5"):
        edited(text, Repair("", 5, "y = x", "y = 2"))
