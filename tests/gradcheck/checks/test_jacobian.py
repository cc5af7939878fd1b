"""Every entry of the Jacobian: all that are wrong are known, and none that is right is accused."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, assert_correct, check
from gradcheck.checks import JACOBIAN
from gradcheck.checks.jacobian import jacobian
from gradcheck.running.search import at_example
from gradcheck.running.verify import run
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import PRODUCT, SQUARE, relu, relu_vjp, trial_of

MATRIX = np.random.default_rng(0).standard_normal((3, 5))


def linear(derived, matrix=MATRIX, **fields):
    """Return y = matrix x, whose derived Jacobian is another matrix."""
    return Layer(
        lambda x: matrix @ x, lambda x: (matrix @ x, lambda y_bar: derived.T @ y_bar), name="linear", **fields
    )


def off_by(relative):
    wrong = MATRIX.copy()
    wrong[1, 4] *= 1 + relative
    wrong[2, 0] *= 1 + relative
    return wrong


def outcome_at(layer, *primals):
    return at_example(JACOBIAN, trial_of(layer, *primals))


def test_all_wrong_entries_are_counted_and_the_worst_is_named():
    outcome = outcome_at(linear(off_by(0.1)), np.ones(5))
    assert (outcome.verdict, outcome.reason) == (Verdict.WRONG, "in the cotangent of 'x' (input 1 of 1)")
    evidence = outcome.locate()
    assert (evidence.what, evidence.entries) == ("∂y/∂x", (2, 15))
    assert evidence.index in {(1, 4), (2, 0)}
    assert evidence.derived == pytest.approx(1.1 * MATRIX[evidence.index])
    assert evidence.numerical == pytest.approx(MATRIX[evidence.index])


def test_whole_comparison_of_a_small_jacobian():
    comparison = outcome_at(linear(off_by(0.1)), np.ones(5)).comparison
    wrong = np.abs(comparison.derived - comparison.numerical) > comparison.allowed
    assert np.argwhere(wrong).tolist() == [[1, 4], [2, 0]]


@pytest.mark.parametrize("relative", [1e-3, 1e-9, 1e-12])
def test_small_errors_in_single_entries_are_found(relative):
    assert outcome_at(linear(off_by(relative)), np.ones(5)).verdict is Verdict.WRONG


def test_layer_that_refuses_wider_types_has_no_excuse_in_them():
    def forward(x):
        return np.linalg.inv(np.diag(x))  # knows float32 and float64 only

    def vjp(x):
        y = forward(x)
        return y, lambda y_bar: -1.001 * np.diag(y.T @ y_bar @ y.T)

    assert outcome_at(Layer(forward, vjp), np.array([1.0, 2.0])).verdict is Verdict.WRONG


def test_entry_that_the_pullback_has_in_excess_is_found():
    derived = np.diag([1.0, 2.0, 3.0])
    derived[0, 2] = 0.5
    outcome = outcome_at(linear(derived, np.diag([1.0, 2.0, 3.0])), np.ones(3))
    assert outcome.locate().index == (0, 2)


def test_entry_that_the_pullback_lacks_is_found_though_the_pattern_is_the_pullbacks():
    outcome = outcome_at(
        linear(np.diag([1.0, 2.0, 3.0]), np.diag([1.0, 2.0, 3.0]) + np.eye(3, k=1)), np.ones(3)
    )
    assert outcome.verdict is Verdict.WRONG
    assert outcome.locate().entries == (2, 9)


def test_right_gradient_is_correct_and_says_what_would_have_been_seen():
    outcome = outcome_at(linear(MATRIX), np.ones(5))
    assert outcome.verdict is Verdict.CORRECT
    assert 0.0 < outcome.sensitivities["x"] < 1e-11


@pytest.mark.parametrize("x", [0.0, 1e-300, -1e-12])
def test_point_on_a_kink_or_too_near_to_it_is_not_called_wrong(x):
    layer = Layer(relu, lambda x: (relu(x), lambda y_bar: y_bar * (x >= 0)), shapes={"x": "n"})
    assert outcome_at(layer, np.array([x, 1.0])).verdict is not Verdict.WRONG


def test_kink_is_unverified_and_told():
    outcome = outcome_at(Layer(relu, relu_vjp), np.array([0.0, 1.0]))
    assert outcome.verdict is Verdict.UNVERIFIED
    assert outcome.reason == "'x': 1 of 4 entries sits on a kink, or no step size settles it"


def test_constant_map_verifies_nothing():
    outcome = outcome_at(Layer(lambda x: 0 * x, lambda x: (0 * x, lambda y_bar: 0 * y_bar)), np.ones(2))
    assert outcome.verdict is Verdict.UNVERIFIED
    assert "nothing differentiable reached" in outcome.reason


def test_single_precision_layer_is_measured_where_its_formula_shows():
    outcome = outcome_at(SQUARE, np.array([1.5, -2.0], dtype=np.float32))
    assert outcome.verdict is Verdict.CORRECT
    assert outcome.sensitivities["x"] < 1e-10


def test_quantised_map_is_not_called_wrong():
    layer = Layer(
        lambda x: np.float64(np.float16(x)), lambda x: (np.float64(np.float16(x)), lambda y_bar: y_bar)
    )
    assert outcome_at(layer, np.array([0.3, 1.7])).verdict is not Verdict.WRONG


def test_mode_adds_one_result_to_the_report():
    plain, full = check(PRODUCT, max_examples=5), check(PRODUCT, max_examples=5, jacobian=True)
    assert full.results[:-1] == plain.results
    assert (full.results[-1].check, full.results[-1].verdict) == ("jacobian", Verdict.CORRECT)


def test_mode_at_a_point_looks_once():
    report = check(SQUARE, np.array([1.0, 2.0]), jacobian=True)
    assert (report.results[-1].verdict, report.results[-1].examples) == (Verdict.CORRECT, 1)


def test_mode_shares_its_work_like_any_check():
    layer = linear(off_by(1e-6), shapes={"x": "5"})
    alone, shared = (check(layer, max_examples=4, jacobian=True, workers=w) for w in (1, 2))
    assert shared.as_dict() == alone.as_dict()
    assert alone.results[-1].comparison is not None


def test_mode_is_there_for_assertions_too():
    with pytest.raises(AssertionError, match="linear"):
        assert_correct(linear(off_by(0.1)), np.ones(5), jacobian=True)


def banded(x):
    return x[1:] * x[:-1]


def banded_vjp(x):
    def pullback(y_bar):
        x_bar = np.zeros_like(x)
        x_bar[1:] += y_bar * x[:-1]
        x_bar[:-1] += y_bar * x[1:]
        return x_bar

    return banded(x), pullback


def band(shape):
    outputs = np.arange(shape[0] - 1)
    return [(np.concatenate([outputs, outputs]), np.concatenate([outputs, outputs + 1]))]


BANDED = Layer(banded, banded_vjp, shapes={"x": "n"}, sparsity=band)
X = np.linspace(0.5, 1.5, 40)


def test_declared_sparsity_costs_two_columns():
    declared, dense = trial_of(BANDED, X), trial_of(replace(BANDED, sparsity=None), X)
    assert jacobian(declared).verdict is jacobian(dense).verdict is Verdict.CORRECT
    assert declared.calls.vjp < 10 < 39 <= dense.calls.vjp
    assert declared.calls.forward < 80


def test_sparsity_that_leaves_entries_out_is_told_and_not_trusted():
    outcome = outcome_at(replace(BANDED, sparsity=lambda shape: [(np.arange(39), np.arange(39))]), X)
    assert outcome.verdict is Verdict.CORRECT
    assert outcome.reason == "sparsity= of 'banded' leaves out entries of 'x'"


def test_wrong_entry_outside_a_declared_sparsity_is_found():
    def vjp(x):
        y, pullback = banded_vjp(x)

        def wrong(y_bar):
            x_bar = pullback(y_bar)
            x_bar[20] += 0.1 * y_bar[3]
            return x_bar

        return y, wrong

    outcome = outcome_at(replace(BANDED, vjp=vjp), X)
    assert outcome.verdict is Verdict.WRONG
    assert (outcome.locate().index, outcome.locate().entries[0]) == ((3, 20), 1)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ([], "must return 1 pattern, one for each input"),
        (
            [(np.array([0]), np.array([40]))],
            "two integer arrays of positions in an output of 39 and an input of 40",
        ),
        ([3], "two integer arrays of positions"),
    ],
)
def test_nonsense_of_a_sparsity_is_told_in_a_sentence(returned, said):
    outcome = outcome_at(replace(BANDED, sparsity=lambda shape: returned), X)
    assert outcome.verdict is Verdict.UNVERIFIED
    assert said in outcome.reason


def test_sparsity_may_be_a_sparse_array():
    from scipy.sparse import coo_array

    sparse = coo_array((np.ones(78), band((40,))[0]))
    assert outcome_at(replace(BANDED, sparsity=lambda shape: [sparse]), X).reason == ""


def test_jacobian_that_is_too_large_is_refused_in_a_sentence():
    layer = Layer(lambda x: 2 * x, lambda x: (2 * x, lambda y_bar: 2 * y_bar), name="double")
    outcome = outcome_at(layer, np.ones(2000))
    assert outcome.verdict is Verdict.UNVERIFIED
    assert "declare sparsity= of 'double', or check at smaller shapes" in outcome.reason


@pytest.mark.parametrize("seed", range(3))
def test_random_examples_of_a_right_layer_are_silent(seed):
    (result,) = run(PRODUCT, seed=seed, max_examples=8, checks=(JACOBIAN,)).results
    assert result.verdict is Verdict.CORRECT
