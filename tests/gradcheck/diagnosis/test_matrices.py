"""A wrong entry of a Jacobian or a Hessian is named by its row and column, as its author wrote it."""

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.optimize import rosen_der, rosen_hess

import gradcheck
from gradcheck import Layer

POINT = [1.3, 0.7, 0.8]


def residuals(x):
    return np.array([x[0] ** 2, x[0] * x[1], np.sin(x[2]), x[0] * x[2]])


def jacobian(x):
    J = np.zeros((4, 3))
    J[0, 0], J[1, :2], J[2, 2], J[3] = 2 * x[0], (x[1], x[0]), np.cos(x[2]), (x[2], 0, x[0])
    return J


def changed(matrix, *places, by=1.0):
    """Return a function of a matrix with something added at some places."""

    def other(x):
        found = matrix(x)
        for place in places:
            found[place] += by
        return found

    return other


def finding(layer, *point):
    return gradcheck.check(layer, *point).findings[0]


@pytest.mark.parametrize("form", [np.array, sparse.csr_array, sparse.linalg.aslinearoperator])
def test_wrong_entry_of_a_jacobian_is_named(form):
    wrong = changed(jacobian, (3, 1), by=0.5)
    found = finding(Layer.from_jacobian(residuals, lambda x: form(wrong(x))), POINT)
    assert found.diagnosis.where == "J[3, 1]"
    evidence = found.evidence
    assert (evidence.what, evidence.index, evidence.entries) == ("J", (3, 1), (1, 12))
    assert (evidence.derived, evidence.numerical) == pytest.approx((0.5, 0.0), abs=1e-9)


def test_wrong_entries_of_one_row_are_named_as_a_row():
    layer = Layer.from_jacobian(
        lambda x: np.sin(np.ones((5, 5)) @ x),
        changed(lambda x: np.cos(5 * [x.sum()])[:, None] * np.ones((5, 5)), np.index_exp[4, :]),
    )
    where = finding(layer, np.linspace(0.1, 0.5, 5)).diagnosis.where
    assert where == "the last index of axis 0 (row) of J"


def test_wrong_entry_of_the_second_input_is_named_with_that_input():
    layer = Layer.from_jacobian(
        lambda a, b: a * b, (lambda a, b: np.diag(b), lambda a, b: np.diag(a) + np.eye(3, k=1))
    )
    found = finding(layer, np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]))
    assert found.diagnosis.where == "J_b[0, 1] and J_b[1, 2]"


@pytest.mark.parametrize("place", [(0, 1), (1, 0)])
def test_wrong_entry_of_a_hessian_is_named_in_its_own_row(place):
    """The pullback multiplies from the left, so that its Jacobian has rows and columns exchanged."""
    layer = Layer.from_hessian(rosen_der, changed(rosen_hess, place))
    found = finding(layer, POINT)
    i, j = place
    assert found.diagnosis.where.startswith(f"H[{i}, {j}]; H is not symmetric: H[0, 1] = ")
    assert found.evidence.index == place
    assert found.evidence.derived - found.evidence.numerical == pytest.approx(1.0, abs=1e-6)


def test_hessian_that_is_wrong_and_symmetric_is_not_said_to_be_anything_else():
    found = finding(Layer.from_hessian(rosen_der, changed(rosen_hess, (0, 1), (1, 0))), POINT)
    assert found.diagnosis.where == "H[0, 1] and H[1, 0]"


def test_gradient_of_no_function_is_named_in_place_of_its_right_hessian():
    layer = Layer.from_hessian(
        lambda x: np.array([2 * x[0] + x[1] ** 2, x[0] * x[1]]),
        lambda x: np.array([[2.0, 2 * x[1]], [2 * x[1], 2 * x[0]]]),
    )
    (cause,) = finding(layer, [1.0, 1.0]).diagnosis.causes
    assert cause.said == (
        "what is given as the gradient, g, is that of no function: ∂g[0]/∂x[1] = 2, and ∂g[1]/∂x[0] = 1, "
        "which should be equal"
    )


def test_hessian_that_is_too_large_to_be_measured_is_located_in_the_input():
    layer = Layer.from_hessian(rosen_der, changed(rosen_hess, (7, 7)))
    found = finding(layer, np.linspace(0.5, 1.5, 200))
    assert (found.evidence.what, found.evidence.index) == ("x_bar", (7,))
