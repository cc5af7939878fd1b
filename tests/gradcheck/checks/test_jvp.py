"""The JVP is compared with the VJP and with finite differences, and the one at fault is named."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import outcome

A, B = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[2.0], [-1.5]])


def matmul(a, b):
    return a @ b


def right_vjp(a, b):
    return a @ b, lambda y_bar: (y_bar @ b.T, a.T @ y_bar)


def wrong_vjp(a, b):
    return a @ b, lambda y_bar: (2 * y_bar @ b.T, a.T @ y_bar)


def right_jvp(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a @ b, a_dot @ b + a @ b_dot


def wrong_jvp(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a @ b, 2 * a_dot @ b + a @ b_dot


MATMUL = Layer(matmul, right_vjp, jvp=right_jvp)


def test_a_right_pair_passes_and_says_how_finely():
    found = outcome("jvp", MATMUL, A, B)
    assert found.verdict is Verdict.CORRECT
    assert set(found.sensitivities) == {"a", "b"}
    assert max(found.sensitivities.values()) < 1e-7


@pytest.mark.parametrize(
    ("vjp", "jvp", "said"),
    [
        (right_vjp, wrong_jvp, "along 'a' the vjp agrees with finite differences, and the jvp does not"),
        (wrong_vjp, right_jvp, "along 'a' the jvp agrees with finite differences, and the vjp does not"),
        (wrong_vjp, wrong_jvp, "jvp and vjp agree along 'a', but finite differences do not"),
    ],
)
def test_the_one_at_fault_is_named(vjp, jvp, said):
    found = outcome("jvp", replace(MATMUL, vjp=vjp, jvp=jvp), A, B)
    assert (found.verdict, found.reason) == (Verdict.WRONG, said)
    evidence = found.locate()
    assert abs(evidence.derived - evidence.numerical) > evidence.allowed or jvp is right_jvp


@pytest.mark.parametrize(
    ("jvp", "said"),
    [
        (lambda primals, tangents: primals[0], "must return the pair (y, y_dot)"),
        (lambda primals, tangents: (matmul(*primals), 1.0), "a y_dot that is float64 ()"),
        (lambda p, t: (matmul(*p).astype("f"), matmul(*t).astype("f")), "that jvp returned is float32"),
        (lambda p, t: (matmul(*p) + 1, right_jvp(p, t)[1]), "that jvp returned is not forward's"),
        (lambda p, t: (matmul(*p), np.clip(right_jvp(p, t)[1], -1e6, 1e6)), "the jvp is not linear"),
        (lambda p, t: 1 / 0, "raised ZeroDivisionError: division by zero, where forward did not"),
    ],
    ids=["no pair", "shape", "dtype", "primal value", "clipped", "raises"],
)  # fmt: skip
def test_a_jvp_of_another_form_is_wrong(jvp, said):
    found = outcome("jvp", replace(MATMUL, jvp=jvp), A, B)
    assert found.verdict is Verdict.WRONG
    assert said in found.reason


def test_constants_have_no_tangent():
    def jvp(primals, tangents):
        (x, k), (x_dot, k_dot) = primals, tangents
        assert k_dot is None
        return k * x, k * x_dot

    layer = Layer(
        lambda x, k: k * x, lambda x, k: (k * x, lambda y: (k * y, None)), jvp=jvp, constants=("k",)
    )
    assert outcome("jvp", layer, A, A + 1).verdict is Verdict.CORRECT


def test_other_subgradients_at_a_kink_are_no_mistake():
    layer = Layer(
        lambda x: np.maximum(x, 0),
        lambda x: (np.maximum(x, 0), lambda y_bar: y_bar * (x > 0)),
        jvp=lambda p, t: (np.maximum(p[0], 0), t[0] * (p[0] >= 0)),
    )
    assert outcome("jvp", layer, np.array([0.0, 1.0])).verdict is not Verdict.WRONG


def product(x, w):
    return x * w


def product_vjp(x, w):
    return x * w, lambda y_bar: (y_bar * w, y_bar * x)


PRODUCT = Layer(product, product_vjp, jvp=lambda p, t: (p[0] * p[1], p[0] * t[1] + t[0] * p[1]))
X, V = np.array([1.0, 0.0, -2.0]), np.array([3.0, -1.0, 0.5])


@pytest.mark.parametrize(
    "jvp",
    [
        lambda p, t: (p[0] * p[1], p[0] * t[1] if t[1].any() else t[0] * p[1]),
        lambda p, t: (p[0] * p[1], p[0] * t[1] + t[0] * p[1] + 1e-3 * t[0] * t[1]),
    ],
    ids=["drops a term", "adds a product"],
)
def test_tangents_of_all_inputs_together_are_the_sum_of_each_alone(jvp):
    found = outcome("jvp", replace(PRODUCT, jvp=jvp), X, V)
    assert found.verdict is Verdict.WRONG
    assert "the tangents of all inputs together" in found.reason


def test_a_tangent_that_is_not_finite_is_no_matter_of_rounding():
    def by_quotients(p, t):
        return p[0] * p[1], p[0] * p[1] * (t[0] / p[0] + t[1] / p[1])

    found = outcome("jvp", replace(PRODUCT, jvp=by_quotients), X, V)
    assert found.verdict is Verdict.WRONG
    assert found.reason == "y_dot is not finite, where forward and the cotangents are"


def in_place(p, t):
    t[0][...] = t[0] * p[1]
    return p[0] * p[1], t[0] + p[0] * t[1]


def returned_as_it_came(p, t):
    return p[0] * 1, t[0]


def test_what_a_jvp_does_to_its_arguments_is_watched():
    found = outcome("jvp", replace(PRODUCT, jvp=in_place), X, V)
    assert found.reason == "the jvp changes a primal or a tangent that it is given in place"
    identity = Layer(lambda x: x * 1, lambda x: (x * 1, lambda y: y * 1), jvp=returned_as_it_came)
    assert outcome("jvp", identity, X).reason.startswith("what the jvp returns shares memory")


def test_a_tangent_in_double_precision_is_told_in_single_precision():
    layer = replace(PRODUCT, jvp=lambda p, t: (p[0] * p[1], (p[0] * t[1] + t[0] * p[1]).astype("f8")))
    found = outcome("jvp", layer, X.astype("f4"), V.astype("f4"))
    assert "y_dot that is float64 (3,), expected float32" in found.reason
    assert "y_dot that is float64" in outcome("dtype", layer, X, V).reason
