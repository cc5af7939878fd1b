import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import rosen, rosen_hess
from scipy.sparse.linalg import LinearOperator

from gradcheck import Layer, MalformedLayer, Verdict, check
from tests.gradcheck.example_layers import outcome
from tests.gradcheck.scipy.pairs import BRATU, RIGHT, SHEAR, WRONG, bratu, bratu_jac, decay, decay_jac, shear


@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: layer.name)
def test_right_jacobian_or_hessian_is_correct(layer):
    report = check(layer)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize(("name", "layer"), WRONG, ids=lambda value: getattr(value, "name", ""))
def test_wrong_one_is_found_by_the_check_that_is_meant_for_it(name, layer):
    (result,) = check(layer, checks=(name,)).results
    assert result.verdict.is_failure, result.reason


def test_only_the_jvp_sees_a_wrong_matvec():
    (layer,) = (layer for _, layer in WRONG if layer.name == "matvec is rmatvec")
    failed = {result.check for result in check(layer).results if result.verdict.is_failure}
    assert failed == {"jvp"}


def test_transposed_jacobian_is_called_that():
    layer = Layer.from_jacobian(decay, lambda *a: decay_jac(*a).T)
    found = outcome("contract", layer, np.array([1.0, 0.5]), np.linspace(0.0, 1.0, 7), np.ones(7))
    assert found.reason == (
        "the Jacobian has the shape (2, 7), expected (7, 2), outputs × inputs: it is transposed"
    )


def test_what_follows_the_first_input_is_a_constant():
    assert Layer.from_jacobian(decay, decay_jac).constants == ("t", "data")


def test_stored_entries_of_a_sparse_jacobian_are_its_sparsity():
    layer = Layer.from_jacobian(bratu, bratu_jac, **BRATU)
    report = check(layer, np.linspace(0.0, 1.0, 400), checks=("finite-difference",), jacobian=True)
    assert report.verdict is Verdict.CORRECT
    (pattern,) = layer.sparsity((400,))
    assert len(pattern[0]) == 3 * 400 - 2


def test_float32_inputs_reach_the_functions_as_float64():
    layer = Layer.from_jacobian(shear, lambda x: np.array([[1.0, 2.0 * x[1]], [x[1], x[0]]]), **SHEAR)
    assert layer.forward(np.ones(2, np.float32)).dtype == np.float64


def test_one_jacobian_where_two_are_expected_says_so():
    layer = Layer.from_jacobian(lambda a, b: a * b, lambda a, b: np.diag(b), constants=())
    found = outcome("contract", layer, np.ones(2), np.ones(2))
    assert found.reason == (
        "jac must return a tuple of 2 Jacobians, one for each input that is no constant, got a ndarray; "
        "what has no derivative is declared constants="
    )


def test_jacobian_that_is_no_matrix_says_what_it_is():
    layer = Layer.from_jacobian(shear, lambda x: None, **SHEAR)
    assert outcome("contract", layer, np.ones(2)).reason == (
        "the Jacobian is a NoneType, expected a matrix of numbers, a scipy.sparse array "
        "or a scipy.sparse.linalg.LinearOperator"
    )


def test_hessian_of_another_shape_is_named_hessian():
    layer = Layer.from_hessian(lambda x: x, lambda x: sparse.eye_array(3), shapes={"x": "n"})
    assert outcome("contract", layer, np.ones(2)).reason.startswith(
        "the Hessian has the shape (3, 3), expected"
    )


def test_neither_hessian_nor_product_is_malformed():
    with pytest.raises(MalformedLayer, match="takes hessian, which returns the matrix, or hessp="):
        Layer.from_hessian(lambda x: x)


def test_jac_that_is_no_function_is_malformed():
    with pytest.raises(MalformedLayer, match=r"jac must be a function, a tuple .*, got str: '2-point'"):
        Layer.from_jacobian(shear, "2-point")


LISTS = (lambda p: [[p[1], p[0]], [2 * p[0], 0]], lambda p: np.array([[p[1], p[0]], [2 * p[0], 0.0]]))


@pytest.mark.parametrize("outputs", [list, tuple, np.array])
@pytest.mark.parametrize("jac", LISTS, ids=["list", "array"])
def test_residuals_come_as_scipy_takes_them(outputs, jac):
    layer = Layer.from_jacobian(lambda p: outputs([p[0] * p[1], p[0] ** 2]), jac)
    assert check(layer, [1.5, 0.7]).verdict is Verdict.CORRECT


def test_wrong_product_is_called_what_its_author_calls_it():
    def gradient(p):
        return [2 * p[0] * p[1], p[0] ** 2]

    def hessian(p):
        return [[2 * p[1], 2 * p[0]], [2 * p[0], 0]]

    def hessp(p, v):
        return [2 * p[1] * v[0] + 2 * p[0] * v[1], 3 * p[0] * v[0]]

    report = check(Layer.from_hessian(gradient, hessian, hessp=hessp), [1.5, 0.7])
    assert "the hessian agrees with finite differences, and the hessp does not" in str(report)


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.CORRECT), (1.1, Verdict.WRONG)])
def test_operator_without_rmatvec_is_multiplied_by_unit_vectors(factor, verdict):
    def jac(x):
        return LinearOperator((x.size, x.size), matvec=lambda v: factor * np.cos(x) * np.ravel(v))

    assert check(Layer.from_jacobian(np.sin, jac), np.array([0.3, 0.7])).verdict is verdict


def test_large_operator_without_rmatvec_is_asked_for_it():
    def jac(x):
        return LinearOperator((x.size, x.size), matvec=lambda v: np.cos(x) * np.ravel(v))

    report = check(Layer.from_jacobian(np.sin, jac), np.ones(100))
    assert report.verdict is Verdict.UNVERIFIED
    assert "give one: LinearOperator(…, rmatvec=…)" in str(report)


def test_a_function_in_place_of_its_gradient_is_told():
    report = check(Layer.from_hessian(rosen, rosen_hess), np.array([1.2, 0.7, -0.3]))
    assert report.verdict is Verdict.UNVERIFIED
    assert "returned the shape () for an input of (3,): is it the function itself?" in str(report)
