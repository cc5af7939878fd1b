"""The search: the smallest counterexample, the same one each time, and a reason whenever it has to stop."""

import itertools
import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import strategies as st

from gradcheck import Layer, Verdict, check
from gradcheck.checks import CHECKS, Check
from gradcheck.errors import CannotVerify
from gradcheck.evaluation.trial import Calls
from gradcheck.judging.findings import Outcome
from gradcheck.running.search import at_example, search
from gradcheck.running.tally import ENOUGH
from tests.gradcheck.example_layers import (
    BY_NAME,
    LINEAR,
    MISSING_SUM,
    PRODUCT,
    SQUARE,
    elementwise,
    outcome,
    product,
    product_vjp,
    square,
    trial_of,
)


def searched(layer, *names, seed=0, max_examples=40, explain=True):
    checks = [BY_NAME[name] for name in names] or list(CHECKS)
    calls = Calls()
    _, results = search(checks, layer, seed=seed, max_examples=max_examples, calls=calls, explain=explain)
    return results


def shapes(result):
    return tuple(result.example.shapes.values())


def test_smallest_counterexample_has_the_smallest_sizes_that_show_the_error():
    (result,) = searched(MISSING_SUM, "finite-difference")
    assert result.verdict is Verdict.WRONG
    assert shapes(result) == ((2, 1), (1, 1), (1,))
    assert result.evidence.what == "b_bar"


@pytest.mark.parametrize("seed", range(5))
def test_error_that_shows_everywhere_is_shown_at_size_one(seed):
    layer = Layer(
        product, lambda a, b: (a * b, lambda y: (y * b, 2 * y * a)), shapes={"a": "n k", "b": "n k"}
    )
    (result,) = searched(layer, "finite-difference", seed=seed)
    assert shapes(result) == ((1, 1), (1, 1))
    assert [np.abs(p).item() for p in result.example.primals] == [1.0, 1.0]


def test_smallest_counterexample_is_found_among_many_checks_too():
    results = searched(MISSING_SUM)
    wrong = {r.check: shapes(r) for r in results if r.verdict.is_failure}
    assert wrong.pop("empty")[0][0] == 0
    assert wrong == dict.fromkeys(("finite-difference", "exact"), ((2, 1), (1, 1), (1,)))


def test_smallest_option_is_shown():
    def forward(x, *, k):
        return k * x

    layer = Layer(
        forward,
        lambda x, *, k: (forward(x, k=k), lambda y: y * (k if k < 2 else 7)),
        shapes={"x": "n m"},
        options={"k": (1, 2, 3)},
    )
    (result,) = searched(layer, "finite-difference")
    assert (result.example.options, shapes(result)) == ({"k": 2}, ((1, 1),))


def test_error_that_needs_a_size_is_shown_at_that_size():
    layer = elementwise(square, lambda x: np.where(np.arange(x.size) >= 2, x, 2 * x))
    (result,) = searched(layer, "finite-difference")
    assert shapes(result) == ((3,),)
    assert result.evidence.index == (2,)


def test_without_an_explanation_a_counterexample_is_kept_as_it_was_found():
    (result,) = searched(MISSING_SUM, "finite-difference", explain=False)
    assert (result.verdict, result.evidence) == (Verdict.WRONG, None)
    assert result.example.shapes["x"][0] > 1


def fingerprint(results):
    return [
        (r.check, r.verdict, r.reason, r.examples, r.sensitivity, r.example and r.example.seed)
        for r in results
    ]


@pytest.mark.parametrize("layer", [LINEAR, MISSING_SUM], ids=["right", "wrong"])
def test_same_seed_gives_the_same_results(layer):
    one, other = (fingerprint(searched(layer, seed=3, max_examples=8)) for _ in range(2))
    assert one == other


def test_another_seed_gives_other_examples():
    tried = {str(searched(LINEAR, "finite-difference", seed=s)[0].tried) for s in range(3)}
    assert len(tried) == 3


def test_number_of_examples_is_what_was_asked():
    for result in searched(SQUARE, "purity", "determinism", max_examples=17):
        assert (result.examples, result.verified) == (17, 17)


def test_failing_check_does_not_count_more_examples_than_were_asked():
    for result in searched(MISSING_SUM, max_examples=20):
        assert result.examples <= 20 or result.verdict is Verdict.WRONG


def test_every_check_sees_the_same_examples():
    seen = {"one": [], "two": []}

    def recording(name):
        def at(trial):
            seen[name].append((trial.seed, trial.primals[0].tobytes()))
            return Outcome(Verdict.CORRECT)

        return Check(name, name, at)

    search([recording("one"), recording("two")], SQUARE, seed=0, max_examples=10, calls=Calls())
    assert len(seen["one"]) == 10
    assert seen["one"] == seen["two"]


def test_tick_is_called_for_every_example_and_check():
    ticks = itertools.count()
    checks = [BY_NAME["purity"], BY_NAME["layout"]]
    search(checks, SQUARE, seed=0, max_examples=7, calls=Calls(), tick=lambda: next(ticks))
    assert next(ticks) == 14


def test_where_that_refuses_everything_is_unverified():
    layer = Layer(product, product_vjp, shapes={"a": "n", "b": "n"}, where=lambda n: n > 99)
    (result,) = searched(layer, "purity")
    assert result.verdict is Verdict.UNVERIFIED
    assert result.reason == "no example of 'product' could be drawn: where= refuses every size that was tried"


def raising():
    message = "no strategy today"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cases": raising}, "cases of 'product' raised RuntimeError: no strategy today"),
        ({"cases": st.just(0).map(lambda _: raising())}, "cases of 'product' raised RuntimeError"),
        ({"cases": st.just(3)}, "cases of 'product' must draw pairs (primals, options), got 3"),
        ({"cases": st.just(((1, 2), {}))}, "no input of 'product' can be differentiated"),
        (
            {"shapes": {"a": "n", "b": "n"}, "where": lambda n: raising()},
            "where of 'product' raised RuntimeError",
        ),
        ({}, "'product' has neither shapes= nor cases=, so no examples can be drawn"),
    ],
    ids=["function", "strategy", "no pair", "integers", "where", "nothing declared"],
)
def test_search_that_has_to_stop_says_why(fields, said):
    for result in searched(Layer(product, product_vjp, **fields), "finite-difference", "purity"):
        assert result.verdict is Verdict.UNVERIFIED
        assert said in result.reason


def test_flaky_layer_is_never_correct():
    rng = np.random.default_rng(0)

    def vjp(x):
        wrong = rng.random() < 0.3
        return square(x), lambda y: 2 * x * y * (2.0 if wrong else 1.0)

    results = {r.check: r for r in searched(Layer(square, vjp, shapes={"x": "n"}))}
    assert results["determinism"].verdict is Verdict.FLAWED
    assert "computed twice from the same input, differs" in results["determinism"].reason


def test_failure_that_does_not_come_again_is_not_correct():
    count = itertools.count()

    def once(trial):
        return Outcome(Verdict.WRONG if next(count) == 3 else Verdict.CORRECT, "now and then")

    _, (result,) = search([Check("once", "flaky", once)], SQUARE, seed=0, max_examples=20, calls=Calls())
    assert result.verdict is not Verdict.CORRECT


def test_input_that_is_never_verified_makes_a_measuring_check_unverified():
    def example(n):
        return (np.arange(1.0, n + 1), np.full(n, 1.2345)), {}

    layer = Layer(
        lambda a, b: a + np.floor(1e3 * b) / 1e3,
        lambda a, b: (a + np.floor(1e3 * b) / 1e3, lambda y: (1.0 * y, 1.0 * y)),
        cases=st.integers(1, 4).map(example),
    )
    (result,) = searched(layer, "finite-difference")
    assert result.verdict is Verdict.UNVERIFIED
    assert result.reason.startswith("'b': forward moves in steps")


def _first(**fields):
    """Return a layer whose second input has no influence."""
    return Layer(lambda a, b: 1.0 * a, lambda a, b: (1.0 * a, lambda y: (1.0 * y, 0.0 * b)), **fields)


def test_input_without_influence_is_verified_by_its_zero_gradient():
    def example(n):
        return (np.arange(1.0, n + 1), np.ones(n)), {}

    for layer in _first(shapes={"a": "n", "b": "n"}), _first(cases=st.integers(1, 4).map(example)):
        (result,) = searched(layer, "finite-difference")
        assert result.verdict is Verdict.CORRECT
        assert "'b': it has no influence here, and its zero gradient agrees" in result.reason


def test_one_verified_example_in_many_is_enough():
    def at(trial):
        seen = {"x": 1e-9} if trial.seed % 4 == 0 else {}
        return Outcome(Verdict.CORRECT if seen else Verdict.UNVERIFIED, "" if seen else "blind", seen)

    _, (result,) = search(
        [Check("rare", "r", at, measures=True)], SQUARE, seed=0, max_examples=100, calls=Calls()
    )
    assert result.verdict is Verdict.CORRECT
    assert 100 // ENOUGH <= result.verified < 100


def test_sensitivity_is_the_worst_over_inputs_of_the_best_over_examples():
    def at(trial):
        return Outcome(Verdict.CORRECT, sensitivities={"a": 10.0 ** -(1 + trial.primals[0].size), "b": 1e-3})

    _, (result,) = search(
        [Check("sized", "s", at, measures=True)], PRODUCT, seed=0, max_examples=50, calls=Calls()
    )
    assert result.sensitivity == 1e-3


def test_what_stops_a_check_becomes_its_reason():
    def stopped(trial):
        message = "cannot see"
        raise CannotVerify(message)

    found = at_example(Check("blind", "b", stopped), trial_of(SQUARE, np.ones(2)))
    assert (found.verdict, found.reason) == (Verdict.UNVERIFIED, "cannot see")


def test_fault_of_the_harness_is_not_swallowed():
    def faulty(trial):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        at_example(Check("faulty", "f", faulty), trial_of(SQUARE, np.ones(2)))


def test_layer_that_warns_about_overflow_runs_quietly():
    layer = elementwise(
        lambda x: np.exp(1e3 * np.abs(x)), lambda x: 1e3 * np.sign(x) * np.exp(1e3 * np.abs(x))
    )
    assert outcome("finite-difference", layer, np.ones(2)).verdict is Verdict.UNVERIFIED


def test_point_at_an_edge_is_checked_quietly():
    layer = Layer.from_gradient(lambda x: np.log(x).sum(), lambda x: 1 / x, name="logs")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert "not finite" in str(check(layer, [0.0, 1.0]))
    assert told == []


def test_calls_are_counted():
    calls = Calls()
    search([BY_NAME["determinism"]], SQUARE, seed=0, max_examples=5, calls=calls)
    assert (calls.forward, calls.vjp) == (5, 5)  # again, after those that are made for all checks
    assert Counter(role for role, _ in calls.shared) == {"forward": 5, "vjp": 5}


def test_layer_that_raises_in_many_examples_is_not_correct():
    def picky(x):
        if x.size >= 3:
            message = "too many"
            raise ValueError(message)
        return x * x

    layer = Layer.from_backward(picky, lambda y_bar, x: 2 * x * y_bar, shapes={"x": "n"})
    _, (result,) = search([BY_NAME["finite-difference"]], layer, seed=0, max_examples=50, calls=Calls())
    assert result.verdict is Verdict.UNVERIFIED
    assert "forward of 'picky' raised ValueError: too many; say with shapes=, where= or" in result.reason
