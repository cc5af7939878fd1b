"""Claims are decided by trying: held, held under conditions, or refuted by the smallest input."""

from fractions import Fraction

import numpy as np
import pytest

from gradcheck import Claim, Condition, Decision, Verdict, decide, exact_gradient, numerical_gradient

SQUARE = {"a": "n n", "b": "n n"}


def commute(**fields):
    return Claim("commute", "A B = B A", lambda a, b: a @ b, lambda a, b: b @ a, SQUARE, degree=2, **fields)


@pytest.mark.parametrize("seed", range(5))
def test_false_identity_is_refuted_at_the_smallest_shape(seed):
    ruling = decide(commute(), seed=seed)
    assert ruling.decision is Decision.REFUTED
    assert ruling.counterexample.inputs["a"].shape == (2, 2)
    assert np.abs(ruling.counterexample.left).sum() + np.abs(ruling.counterexample.right).sum() <= 2


def test_true_identity_holds_with_a_bound_on_the_chance_of_error():
    claim = Claim("t", "(A B)ᵀ = Bᵀ Aᵀ", lambda a, b: (a @ b).T, lambda a, b: b.T @ a.T, SQUARE, degree=2)
    ruling = decide(claim, trials=10)
    assert (ruling.decision, ruling.trials, ruling.verdict) == (Decision.HOLDS, 10, Verdict.CORRECT)
    assert ruling.chance == pytest.approx((2 / 200) ** 10)


def test_weakest_condition_that_suffices_is_found():
    conditions = (
        Condition("n is at most 3", lambda n: n <= 3),
        Condition("n is 1", lambda n: n == 1),
    )
    ruling = decide(commute(conditions=conditions))
    assert (ruling.decision, ruling.conditions) == (Decision.HOLDS_IF, ("n is 1",))
    assert ruling.counterexample is not None


def test_two_conditions_that_only_help_together_are_both_named():
    claim = Claim(
        "both",
        "x + k = x",
        lambda x, k, m: x + k * m,
        lambda x, k, m: x,
        {"x": "n"},
        options={"k": (0, 1), "m": (1, -1)},
        conditions=(
            Condition("k is 0 or m is 1", lambda k, m: k == 0 or m == 1),
            Condition("k is not above 0", lambda k, m: k == 0 or m == -1),
        ),
    )
    assert decide(claim).conditions == ("k is 0 or m is 1", "k is not above 0")


def test_conditions_that_do_not_help_leave_the_claim_refuted():
    ruling = decide(commute(conditions=(Condition("n is 2", lambda n: n == 2),)))
    assert ruling.decision is Decision.REFUTED


def test_refuted_claim_is_settled_by_a_correction_that_holds():
    right = Claim("right", "A B = A B", lambda a, b: a @ b, lambda a, b: a.dot(b), SQUARE, degree=2)
    assert decide(commute(correction=right)).verdict is Verdict.CORRECT
    assert decide(commute(correction=commute())).verdict is Verdict.WRONG
    assert decide(commute()).verdict is Verdict.WRONG


def test_claim_without_sides_is_unfinished():
    promise = Claim("p", "will be shown", None, None)
    assert decide(promise).decision is Decision.UNFINISHED
    assert decide(promise).verdict is Verdict.UNVERIFIED


def test_exhaustive_run_finds_what_random_trials_miss():
    def wrong_at_one_unit(x):
        return x + (1 if x.size == 3 and x.tolist() == [0, 0, 1] else 0)

    claim = Claim("e", "x = x", lambda x: x, wrong_at_one_unit, {"x": "n"}, linear_in=("x",), up_to={"n": 3})
    ruling = decide(claim)
    assert ruling.decision is Decision.REFUTED
    assert ruling.counterexample.inputs["x"].tolist() == [0, 0, 1]


def test_exhaustive_run_counts_shapes_not_options():
    claim = Claim(
        "e",
        "x = x",
        lambda x, k: x,
        lambda x, k: x,
        {"x": "n"},
        options={"k": (1, 2)},
        linear_in=("x",),
        up_to={"n": 3},
    )
    assert decide(claim).proved == 3


def test_condition_on_the_inputs_proves_no_shape():
    claim = Claim(
        "e",
        "x = |x|",
        lambda x: x,
        lambda x: np.where(x[0] == 1, x, -x),
        {"x": "n"},
        span=1,
        linear_in=("x",),
        up_to={"n": 2},
        conditions=(Condition("x₁ is 1", lambda x: x[0] == 1),),
    )
    ruling = decide(claim)
    assert (ruling.decision, ruling.proved) == (
        Decision.HOLDS_IF,
        1,
    )  # at n = 1 the only unit vector is left in


def test_left_side_that_raises_decides_nothing():
    def broken(x):
        message = "out of order"
        raise RuntimeError(message)

    ruling = decide(Claim("r", "s", broken, lambda x: x, {"x": "n"}))
    assert ruling.decision is Decision.UNDECIDED
    assert ruling.reason.startswith("lhs of claim 'r' raised RuntimeError: out of order (at x (")


def test_formula_whose_shapes_do_not_fit_is_refuted():
    shapes = {"a": "n k", "b": "k m"}
    ruling = decide(Claim("s", "A B = Aᵀ Bᵀ", lambda a, b: a @ b, lambda a, b: a.T @ b.T, shapes))
    assert ruling.decision is Decision.REFUTED
    assert "can't be computed (ValueError: matmul" in str(ruling.counterexample.right)


def test_domain_that_is_never_met_decides_nothing():
    ruling = decide(Claim("d", "s", lambda x: x, lambda x: x, {"x": "n"}, where=lambda n: n > 99))
    assert (ruling.decision, ruling.reason) == (Decision.UNDECIDED, "no input of its domain could be drawn")


def test_numerical_claims_are_compared_within_their_own_error():
    def slope(z, d):
        return numerical_gradient(np.tanh, z, d)

    shapes = {"z": "n", "d": "n"}
    right = Claim(
        "n", "tanh' = 1 − tanh²", slope, lambda z, d: (1 - np.tanh(z) ** 2) * d, shapes, numerical=True
    )
    wrong = Claim(
        "w",
        "tanh' = 1 − tanh",
        slope,
        lambda z, d: (1 - np.tanh(z) ** 2) * d * (1 + 1e-6),
        shapes,
        numerical=True,
    )
    assert decide(right).decision is Decision.HOLDS
    assert decide(wrong).decision is Decision.REFUTED


def test_rationals_are_compared_without_rounding():
    def cost(a):
        return Fraction(1, a.size) * int(np.sum(a * a))

    def gradient(factor):
        return lambda a: np.array([factor * Fraction(2, a.size) * int(v) for v in a], dtype=object)

    left = lambda a: exact_gradient(cost, a, 1, degree=2)  # noqa: E731 -- a side, not a function of its own
    assert decide(Claim("q", "2a/n", left, gradient(1), {"a": "n"}, degree=2)).decision is Decision.HOLDS
    assert (
        decide(Claim("q", "2a/n", left, gradient(Fraction(10**9 + 1, 10**9)), {"a": "n"})).decision
        is Decision.REFUTED
    )


@pytest.mark.parametrize(
    ("arguments", "said"), [({"seed": -1}, "seed"), ({"trials": 0}, "trials"), ({"seed": "1"}, "seed")]
)
def test_bad_argument_is_named(arguments, said):
    with pytest.raises(ValueError, match=f"^{said} must be a whole number"):
        decide(commute(), **arguments)


def test_something_else_than_a_claim_is_refused():
    with pytest.raises(TypeError, match=r"claim must be a gradcheck\.Claim, got int: 3"):
        decide(3)


def test_same_seed_gives_the_same_ruling():
    assert decide(commute(), seed=4).as_dict() == decide(commute(), seed=4).as_dict()


def test_evidence_says_how_far_the_exhaustive_run_went():
    shapes, limits = {"x": "n m"}, {"n": 2, "m": 3}
    claim = Claim("e", "x = x", lambda x: x, lambda x: x, shapes, linear_in=("x",), up_to=limits)
    assert decide(claim).evidence.endswith("proved by all basis vectors for 6 shapes (n ≤ 2; m ≤ 3)")
