"""A report as a value: true only if correct, one line long, and the same after a journey."""

import pickle

import numpy as np
import pytest

from gradcheck import Layer, check
from tests.gradcheck.example_layers import MISSING_SUM, SQUARE, elementwise, square

STEPS = elementwise(np.rint, np.zeros_like, name="steps")
DIRTY = Layer(square, lambda x: (square(x), lambda y: np.multiply(y, 2 * x, out=y)), shapes={"x": "n"})


@pytest.mark.parametrize(
    ("layer", "expected"), [(SQUARE, True), (MISSING_SUM, False), (STEPS, False), (DIRTY, False)]
)
def test_report_is_true_only_if_it_is_correct(layer, expected):
    assert bool(check(layer, max_examples=4)) is expected


def test_repr_is_one_line_with_the_verdict_and_who_found_it():
    assert repr(check(SQUARE, max_examples=4)) == "<Report 'square': CORRECT>"
    assert repr(check(STEPS, max_examples=4)).startswith("<Report 'steps': UNVERIFIED (finite-difference")


def test_report_of_checks_that_do_not_apply_says_why():
    report = check(SQUARE, max_examples=4, checks=("kink", "batch"))
    assert str(report).splitlines() == [
        "VJP of 'square' is unverified: none of the checks that were asked for applies",
        "  because      batch: the layer declares no batch",
        "  because      kink: forward is not declared piecewise-linear",
    ]


def test_report_of_a_nameless_function_can_be_pickled():
    report = check(DIRTY, max_examples=4)
    assert pickle.loads(pickle.dumps(report)) == report


def test_message_is_broken_at_a_width_and_its_command_is_not():
    text = check(MISSING_SUM, max_examples=4).describe("command " * 20, width=40)
    lines = text.splitlines()
    assert max(len(line) for line in lines if "command" not in line) <= 40
    assert sum("command" in line for line in lines) == 1
    assert " ".join(text.split()) == " ".join(
        check(MISSING_SUM, max_examples=4).describe("command " * 20).split()
    )
