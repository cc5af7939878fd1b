"""What may differ beyond rounding is declared, allowed in every check, and stale where it is not needed."""

import json

import numpy as np
import pytest

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.html import write
from gradcheck.running.merge import merge_reports

X = np.random.default_rng(3).normal(size=(5, 6))
W = np.random.default_rng(4).normal(size=(6, 4))
P = np.array([0.2, 0.3, 0.5])


def in_random_order(**fields):
    """Return the sum of squares, added up in another order in each call."""
    rng = np.random.default_rng(1)

    def forward(x):
        total = 0.0
        for value in rng.permutation(x.ravel()):
            total += value * value
        return total

    return Layer.from_gradient(forward, lambda x: 2 * x, **fields)


def atomic(*, noise=1e-7, factor=1.0, name="atomic", **fields):
    """Return a matrix product whose every entry is another one in each call, by a relative `noise`."""
    rng = np.random.default_rng(2)

    def shake(a):
        return a * (1.0 + noise * rng.uniform(-0.5, 0.5, np.shape(a)))

    return Layer.from_backward(
        lambda x, w: shake(x @ w),
        lambda y_bar, x, w: (shake(y_bar @ w.T), factor * shake(x.T @ y_bar)),
        name=name,
        **fields,
    )


def regularised(epsilon, **fields):
    """Return a cross-entropy whose gradient leaves out the small number in the logarithm."""
    return Layer.from_gradient(
        lambda x: -np.sum(P * np.log(np.exp(x) / np.exp(x).sum() + epsilon)),
        lambda x: np.exp(x) / np.exp(x).sum() - P,
        name="loss",
        **fields,
    )


@pytest.mark.parametrize("seed", range(4))
def test_sum_in_random_order_is_correct_where_that_is_declared(seed):
    report = check(in_random_order(nondeterministic=1e-6), X, seed=seed)
    assert report.verdict is Verdict.CORRECT
    assert report.sensitivity == 1e-6  # what is smaller than the declared tolerance may be hidden by it


@pytest.mark.parametrize("seed", range(4))
def test_atomic_operations_are_correct_where_they_are_declared(seed):
    report = check(atomic(nondeterministic=1e-6), X, W, seed=seed)
    assert report.verdict is Verdict.CORRECT
    (line,) = (line for line in str(report).splitlines() if "tolerance" in line)
    assert line.startswith("  tolerance    repeated calls differ by ")
    assert line.endswith("; declared nondeterministic=1e-06")


def test_atomic_operations_are_correct_over_random_shapes():
    shapes = {"x": "n i", "w": "i o"}
    layer = atomic(nondeterministic=1e-6, shapes=shapes, batch="n", traits=("multilinear",))
    report = check(layer, max_examples=12)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize("seed", range(8))
def test_undeclared_noise_is_a_flaw_and_no_wrong_gradient(seed):
    report = check(atomic(), X, W, seed=seed)
    assert [r.check for r in report.findings if r.verdict.is_failure] == ["determinism"]
    assert report.findings[0].reason.endswith("declare Layer(…, nondeterministic=1e-06)")


@pytest.mark.parametrize("seed", range(4))
def test_wrong_gradient_stays_wrong_where_noise_is_declared(seed):
    assert check(atomic(factor=1.001, nondeterministic=1e-6), X, W, seed=seed).verdict is Verdict.WRONG


def test_larger_differences_than_declared_are_told():
    report = check(atomic(noise=1e-4, nondeterministic=1e-6), X, W)
    (found,) = (r for r in report.results if r.check == "determinism")
    assert found.verdict is Verdict.FLAWED
    assert found.reason.endswith("which is more than the nondeterministic=1e-06 that is declared")


def test_random_values_are_excused_by_no_declaration():
    (found,) = check(atomic(noise=0.1, nondeterministic=1e-6), X, W, checks=("determinism",)).results
    assert found.verdict is Verdict.FLAWED
    assert "declare" not in found.reason


def test_noise_that_is_declared_and_does_not_show_is_stale():
    layer = Layer.from_gradient(lambda x: np.sum(x**2), lambda x: 2 * x, nondeterministic=1e-6)
    (note,) = check(layer, X).notes
    assert note == ("stale", "nondeterministic=1e-06 was not needed: repeated calls returned the same bits")


def test_accuracy_that_is_needed_is_told_as_it_was_measured():
    report = check(regularised(1e-7, accuracy=1e-5), np.array([0.3, -0.2, 1.0]))
    assert report.verdict is Verdict.CORRECT
    (tolerance,) = report.tolerances
    assert 1e-8 < tolerance.found < 1e-5
    assert report.notes == [("tolerance", f"agrees to {tolerance.found:.0e}; declared accuracy=1e-05")]


def test_accuracy_that_is_not_needed_is_stale():
    report = check(regularised(0.0, accuracy={"x": 1e-5}), np.array([0.3, -0.2, 1.0]))
    ((label, text),) = report.notes
    assert label == "stale"
    assert text.startswith(
        "accuracy=1e-05 of 'x' was not needed: slopes agree without it, and a difference of "
    )


def test_nothing_is_said_of_a_tolerance_where_the_check_that_tells_did_not_run():
    assert (
        check(regularised(0.0, accuracy=1e-5), np.array([0.3, -0.2, 1.0]), checks=("contract",)).notes == []
    )


def test_parts_of_a_report_say_together_what_was_needed():
    layer, x = regularised(1e-7, accuracy=1e-5), np.array([0.3, -0.2, 1.0])
    parts = [check(layer, x, checks=(name,)) for name in ("linearity", "finite-difference")]
    assert merge_reports(parts).tolerances == parts[1].tolerances


def test_tolerances_stand_in_json_and_in_the_page(tmp_path):
    x = np.array([0.3, -0.2, 1.0])
    reports = [check(regularised(e, accuracy=1e-5), x) for e in (1e-7, 0.0)]
    needed, stale = (json.loads(json.dumps(r.as_dict()))["tolerances"][0] for r in reports)
    assert needed["declared"] == "accuracy=1e-05"
    assert 1e-8 < needed["found"] < 1e-5
    assert needed["stale"] == ""
    assert stale["found"] is None
    write(tmp_path / "r.html", reports)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"needed for differences up to {needed['found']:.0e}" in page
    assert "stale, it was not needed: slopes agree without it" in page


@pytest.mark.parametrize("value", [-1e-6, 1.0, "1e-6", True])
def test_tolerance_that_is_no_part_is_malformed(value):
    with pytest.raises(MalformedLayer, match="nondeterministic must be the relative difference"):
        in_random_order(nondeterministic=value)
