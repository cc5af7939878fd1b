"""A counterexample of one run comes first in the next, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from gradcheck import Layer, Verdict
from gradcheck.pytest_plugin.limits import profile_name
from gradcheck.reporting.message import repeat_command
from gradcheck.running.verify import run
from gradcheck.sampling.database import ExampleStore, default_database, profile_database
from tests.gradcheck.example_layers import BY_NAME, LINEAR, MISSING_SUM, SQUARE

RARE = 60
"""One input in so many shows the mistake."""


def rarely_wrong(factor=3.0):
    """Return a layer that is wrong near one of the whole numbers that are its inputs."""

    def vjp(x):
        return x**2, lambda y_bar: y_bar * x * np.where(abs(x - 37.0) < 0.5, factor, 2.0)

    examples = st.sampled_from(range(1, RARE + 1)).map(lambda n: ((np.array([float(n)]),), {}))
    return Layer(lambda x: x**2, vjp, name="rarely", cases=examples)


CHECK = (BY_NAME["finite-difference"],)


def result_of(layer, database, *, seed, max_examples):
    memory = ExampleStore.of(layer, database)
    return run(layer, seed=seed, max_examples=max_examples, checks=CHECK, memory=memory).results[0]


@pytest.fixture
def database():
    return InMemoryExampleDatabase()


@pytest.fixture
def found(database):
    """Return the first seed's finding, after so many examples as it takes."""
    return result_of(rarely_wrong(), database, seed=0, max_examples=500)


def test_rare_counterexample_is_the_first_example_of_the_next_run(database, found):
    assert found.verdict is Verdict.WRONG
    assert not found.replayed
    alone = result_of(rarely_wrong(), InMemoryExampleDatabase(), seed=7, max_examples=1)
    assert alone.verdict is not Verdict.WRONG
    again = result_of(rarely_wrong(), database, seed=7, max_examples=1)
    assert (again.verdict, again.replayed) == (Verdict.WRONG, True)
    assert (again.reason, again.evidence, again.example) == (found.reason, found.evidence, found.example)


def test_counterexample_of_a_mended_layer_is_tried_and_forgotten(database, found):
    assert found.verdict is Verdict.WRONG
    mended = rarely_wrong(factor=2.0)
    assert result_of(mended, database, seed=1, max_examples=5).verdict is Verdict.CORRECT
    assert not ExampleStore.of(mended, database).has_failures("finite-difference")


def test_counterexample_is_replayed_under_hypothesis_seed_too(database, found, monkeypatch):
    monkeypatch.setattr("hypothesis.core.global_force_seed", 3)
    assert found.verdict is Verdict.WRONG
    assert result_of(rarely_wrong(), database, seed=3, max_examples=1).replayed


def test_memory_of_other_checks_and_layers_is_not_touched(database, found):
    assert found.verdict is Verdict.WRONG
    assert ExampleStore.of(rarely_wrong(), database).has_failures("finite-difference")
    assert not ExampleStore.of(rarely_wrong(), database).has_failures("linearity")
    assert not ExampleStore.of(SQUARE, database).has_failures("finite-difference")


def test_run_with_nothing_to_replay_is_that_without_a_memory(database):
    for layer in (LINEAR, MISSING_SUM):
        limits = {"seed": 4, "max_examples": 6, "checks": CHECK}
        assert run(layer, **limits, memory=ExampleStore.of(layer, database)) == run(layer, **limits)


def test_checks_that_pass_see_the_same_examples_beside_a_replayed_one(database):
    checks = (BY_NAME["finite-difference"], BY_NAME["purity"])
    memory = ExampleStore.of(MISSING_SUM, database)
    first, second = (
        run(MISSING_SUM, seed=2, max_examples=9, checks=checks, memory=memory).results for _ in range(2)
    )
    assert [r.replayed for r in (*first, *second)] == [False, False, True, False]
    assert first[1] == second[1]


def test_key_is_the_module_s_the_layer_s_and_the_check_s():
    assert ExampleStore.of(SQUARE, InMemoryExampleDatabase()).key("exact") == (
        b"gradcheck tests.gradcheck.example_layers:square exact"
    )


def test_layer_without_a_database_has_no_memory():
    assert ExampleStore.of(SQUARE, None) is None


def test_command_that_needs_the_kept_example_says_so(database, found):
    assert repeat_command("pytest x", [found]) == "pytest x"
    again = result_of(rarely_wrong(), database, seed=7, max_examples=1)
    assert (
        repeat_command("pytest x", [again]) == "pytest x  # tries the example first that an earlier run kept"
    )


@pytest.fixture
def profile():
    """Return a function that loads a Hypothesis profile until the test ends."""
    before = profile_name()

    def load(**wanted):
        settings.register_profile("for one test", **wanted)
        settings.load_profile("for one test")

    yield load
    settings.load_profile(before)


def test_database_is_the_profile_s(profile, database):
    profile(derandomize=False, database=database)
    assert profile_database() is database


def test_profile_that_wants_no_database_gets_none(profile):
    profile(derandomize=False, database=None)
    assert profile_database() is None


def test_derandomised_profile_replays_from_the_default_database(profile):
    profile(derandomize=True)
    assert repr(profile_database()) == repr(default_database())
    assert profile_database() is not None
