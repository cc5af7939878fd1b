"""A gradient that is off by what an integrator leaves is told how to say so."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gradcheck import Layer, Verdict, check
from gradcheck.judging import Evidence, Result
from gradcheck.reporting.message import describe_findings

TIMES = np.linspace(0.0, 5.0, 8)[1:]


def grow(rates, **how):
    return solve_ivp(lambda t, y: rates * y, (0.0, 5.0), np.ones(2), t_eval=TIMES, **how).y


def cost(rates):
    return np.sum(np.sin(grow(rates)))


def exact_gradient(rates):
    y = np.exp(np.outer(rates, TIMES))
    return np.sum(np.cos(y) * y * TIMES, axis=1)


def hint_of(layer, x):
    text = " ".join(str(check(layer, x, checks=("finite-difference",))).split())
    return text.partition(" hint ")[2].partition(" at ")[0]


def test_an_integrator_in_forward_is_named_with_what_to_do():
    hint = hint_of(Layer.from_gradient(cost, exact_gradient), np.array([0.3, -0.4]))
    assert "and forward calls solve_ivp, whose value is an approximation" in hint
    assert "declare Layer(…, accuracy=" in hint


def test_a_wrong_formula_beside_an_integrator_is_none_of_its_errors():
    layer = Layer.from_gradient(cost, lambda rates: 2.0 * exact_gradient(rates))
    assert hint_of(layer, np.array([0.3, -0.4])) == ""


@pytest.mark.parametrize("factor", [1.02, 1.002])
def test_a_small_error_of_a_formula_is_not_laid_to_an_integrator(factor):
    layer = Layer.from_gradient(lambda x: np.sum(x**3), lambda x: factor * 3.0 * x**2)
    assert "forward calls" not in hint_of(layer, np.array([0.3, -0.4]))


def loose_fixed_point(a, b):
    x = np.zeros_like(a)
    for _ in range(100):
        x, before = np.tanh(a * x + b), x
        if np.max(np.abs(x - before)) < 1e-5:
            break
    return x


def implicit_vjp(a, b):
    x = loose_fixed_point(a, b)

    def pullback(y_bar):
        u = y_bar * (1 - x**2) / (1 - a * (1 - x**2))
        return u * x, u

    return x, pullback


def test_a_slope_that_is_known_coarsely_is_one_of_an_approximation():
    layer = Layer(loose_fixed_point, implicit_vjp)
    a, b = np.array([0.5, 0.8, -0.3]), np.array([0.3, 0.1, 0.9])
    text = " ".join(str(check(layer, a, b, checks=("finite-difference",))).split())
    assert "as an approximation is: an iteration" in text


@pytest.mark.parametrize(("elsewhere", "is_hinted"), [(0.0, True), (1e-4, True), (0.3, False)])
def test_a_small_gap_of_a_shrunk_example_is_no_approximation_where_another_is_far_off(elsewhere, is_hinted):
    evidence = Evidence("x_bar", (0,), 1.0, 1.00001, 1e-13, 1e-12, (1, 1))
    result = Result("finite-difference", Verdict.WRONG, evidence=evidence, unshrunk_gap=elsewhere)
    _, rows = describe_findings("layer", (result,), "", "again")
    assert ("hint" in dict(rows)) is is_hinted


def test_how_far_off_the_example_was_that_was_made_smaller_is_kept():
    layer = Layer.from_gradient(lambda x: np.sum(x**3), lambda x: 2.0 * x**2, shapes={"x": "n"})
    (result,) = check(layer, max_examples=10, checks=("finite-difference",)).results
    assert result.unshrunk_gap == pytest.approx(1.0 / 3.0)
