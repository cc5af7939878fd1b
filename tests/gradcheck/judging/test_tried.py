"""What was tried: one short record for each example, and a table of them that stays small."""

import numpy as np

from gradcheck import Layer, check
from gradcheck.judging.tried import MOST_TRIED, Tried, columns
from gradcheck.types import Verdict


def square(x):
    return x * x


def layer(slope, **fields):
    return Layer(square, lambda x: (x * x, lambda bar: slope * x * bar), shapes={"x": "n"}, **fields)


def tried(report, name):
    return next(result.tried for result in report.results if result.check == name)


def test_every_example_is_remembered_with_its_shapes():
    examples = tried(check(layer(2.0), max_examples=12), "finite-difference")
    assert len(examples) == 12
    assert all(set(example.shapes) == {"x"} for example in examples)
    assert len({example.shapes["x"] for example in examples}) > 1


def test_right_examples_are_within_their_bound_and_say_what_they_would_have_seen():
    examples = tried(check(layer(2.0), max_examples=12), "finite-difference")
    right = [example for example in examples if example.verdict is Verdict.CORRECT]
    assert right
    assert all(0.0 <= example.ratio <= 1.0 and 0.0 < example.resolution < 0.05 for example in right)


def test_wrong_example_is_beyond_its_bound():
    last = tried(check(layer(1.0), max_examples=12), "finite-difference")[-1]
    assert last.verdict is Verdict.WRONG
    assert last.ratio > 1.0


def test_oracle_is_compared_with_a_bound_too():
    def oracle(x):
        return x * x, lambda bar: 2.0 * x * bar

    right = tried(check(layer(2.0, oracle=oracle), max_examples=6), "oracle")
    assert all(example.ratio <= 1.0 for example in right)
    assert tried(check(layer(1.0, oracle=oracle), max_examples=6), "oracle")[-1].ratio > 1.0


def test_checks_that_compare_no_sizes_have_no_ratio():
    assert all(t.ratio is None for t in tried(check(layer(2.0), max_examples=4), "purity"))


def test_memory_is_bounded():
    examples = tried(check(layer(2.0), max_examples=MOST_TRIED + 20), "determinism")
    assert len(examples) == MOST_TRIED


def test_point_of_the_callers_is_tried_too():
    examples = tried(check(layer(2.0), np.ones(3)), "contract")
    assert {example.shapes["x"] for example in examples} == {(3,)}


def test_columns_have_a_word_for_each_example():
    examples = [
        Tried({"x": (2, 3), "b": ()}, Verdict.CORRECT, 1.234e-9, 0.5),
        Tried({"x": (1,), "b": ()}, Verdict.UNVERIFIED),
    ]
    assert columns(examples).as_dict() == {
        "shapes": {"x": "2x3 1", "b": "scalar scalar"},
        "verdicts": "C U",
        "resolution": "1.2e-09 -",
        "ratio": "0.5 -",
    }


def test_nothing_tried_is_nothing():
    assert columns([]) is None


def test_column_that_nothing_was_measured_for_is_left_out():
    assert columns([Tried({"x": (1,)}, Verdict.CORRECT)]).ratio is None
