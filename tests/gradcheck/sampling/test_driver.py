"""The one place that drives Hypothesis."""

import itertools
import subprocess
import sys

import pytest
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable

from gradcheck.sampling.driver import FalsifyingExample, explore


def explored(test, strategy, **settings):
    explore(test, strategy, **({"seed": 0, "max_examples": 30, "shrink": True} | settings))


def test_same_seed_gives_the_same_examples_and_another_gives_others():
    runs = []
    for seed in (1, 1, 2):
        runs.append([])
        explored(lambda n: runs[-1].append(n), st.integers(0, 2**32), seed=seed)
    assert runs[0] == runs[1] != runs[2]
    assert len(runs[0]) == 30


def falsify_from(least, seen):
    def test(n):
        seen.append(n)
        if n >= least:
            raise FalsifyingExample

    return test


def test_last_call_is_with_the_smallest_example():
    seen = []
    with pytest.raises(FalsifyingExample):
        explored(falsify_from(17, seen), st.integers(0, 1000))
    assert seen[-1] == 17


def test_without_shrinking_the_example_stays_as_it_was_found():
    seen = []
    with pytest.raises(FalsifyingExample):
        explored(falsify_from(17, seen), st.integers(0, 10**9), shrink=False)
    assert seen[-1] > 17


def test_example_that_does_not_fail_again_is_flaky():
    count = itertools.count()

    def once(n):
        if next(count) == 5:
            raise FalsifyingExample

    with pytest.raises(Flaky):
        explored(once, st.integers(0, 10**9))


def test_nothing_to_draw_is_unsatisfiable():
    with pytest.raises(Unsatisfiable):
        explored(lambda n: None, st.integers().filter(lambda n: False))


def test_other_exceptions_come_through():
    def broken(n):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        explored(broken, st.integers(), shrink=False)


DRAW = """
from gradcheck import Layer
from gradcheck.sampling import explore_cases

layer = Layer.from_gradient(lambda x: x @ x, lambda x: 2 * x, shapes={"x": "n"})
explore_cases(lambda case: print(case.seed, case.primals), layer, seed=0, max_examples=300, shrink=False)
"""


def test_seed_gives_the_same_examples_in_whichever_file_the_layer_stands(tmp_path):
    drawn = set()
    for name, beside in (("plain.py", ""), ("other.py", "unused = 1500, 900_001, 2**31, 0, 3, 123.5")):
        (tmp_path / name).write_text(beside + DRAW)
        command = [sys.executable, name]
        drawn.add(subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert len(drawn) == 1


def test_exploring_leaves_the_strategies_of_other_tests_as_they_are():
    from hypothesis.internal.conjecture.providers import HypothesisProvider

    before = HypothesisProvider._maybe_draw_constant
    with pytest.raises(ZeroDivisionError):
        explored(lambda n: 1 / 0, st.integers(), shrink=False)
    assert HypothesisProvider._maybe_draw_constant is before
