"""Gradients of a forward map alone, exact and numerical."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from gradcheck import exact_gradient, exact_jacobian, numerical_gradient
from gradcheck.errors import CannotVerify

X = np.array([[1, 2], [3, 4]])


def test_exact_jacobian_has_the_axes_of_the_output_and_then_of_the_input():
    jacobian = exact_jacobian(lambda x: x.sum(axis=0), X)
    assert jacobian.shape == (2, 2, 2)


def test_exact_jacobian_of_a_linear_map_is_its_matrix():
    assert exact_jacobian(lambda v: X @ v, np.array([5, 6])).tolist() == X.tolist()


def test_exact_gradient_weighs_by_the_cotangent():
    assert exact_gradient(lambda v: X @ v, np.array([0, 0]), np.array([1, -1])).tolist() == [-2, -2]


def test_degree_two_is_differentiated_without_rounding():
    found = exact_gradient(lambda v: Fraction(1, 3) * int(v @ v), np.array([1, 2]), 1, degree=2)
    assert found.tolist() == [Fraction(2, 3), Fraction(4, 3)]


def test_degree_three_is_refused():
    with pytest.raises(ValueError, match="degree must be 1 or 2, got 3"):
        exact_jacobian(lambda x: x**3, X, degree=3)


def test_numerical_gradient_is_within_its_own_error():
    x = np.linspace(-2.0, 2.0, 7)
    found = numerical_gradient(np.sin, x, np.full(7, 3.0))
    assert np.all(np.abs(found.value - 3 * np.cos(x)) <= found.error)
    assert found.error.max() < 1e-8


def count_calls(f):
    calls = []

    def counted(x):
        calls.append(x.copy())
        return f(x)

    return counted, calls


def assert_true(found, expected):
    assert np.all(np.abs(found.value - expected) <= found.error)
    assert np.all(found.error <= 1e-9 * np.abs(expected))


def test_derivative_takes_at_most_twenty_calls():
    f, calls = count_calls(np.exp)
    assert_true(numerical_gradient(f, np.array([0.7]), np.ones(1)), np.exp(0.7))
    assert len(calls) <= 20


@pytest.mark.parametrize("shape", [(2,), (7,), (40, 25)])
def test_elementwise_map_takes_little_more_calls_than_one_entry(shape):
    f, calls = count_calls(np.tanh)
    x = np.random.default_rng(1).standard_normal(shape)
    y_bar = np.random.default_rng(2).standard_normal(shape)
    found = numerical_gradient(f, x, y_bar)
    assert np.all(np.abs(found.value - y_bar * (1 - np.tanh(x) ** 2)) <= found.error)
    assert found.error.max() < 1e-9
    assert len(calls) <= 50  # 14 of them ask how rough small outputs are


@pytest.mark.parametrize("first", range(6))
@pytest.mark.parametrize("second", range(6))
def test_single_entry_that_meets_another_is_seen(first, second):
    """An elementwise map but for one term: a pair of entries that moved together only would be missed."""

    def f(x):
        y = x * x
        y[second] = y[second] + 3.0 * x[first]
        return y

    x = np.linspace(1.0, 2.0, 6)
    expected = 2 * x
    expected[first] += 3.0
    assert_true(numerical_gradient(f, x, np.ones(6)), expected)


def test_map_that_keeps_the_shape_but_mixes_entries_is_measured_entry_by_entry():
    x = np.array([1.0, 2.0, 3.0])
    assert_true(numerical_gradient(lambda x: x[::-1] ** 2, x, np.array([1.0, 2.0, 4.0])), 2 * x * [4, 2, 1])


def test_entry_near_the_edge_of_a_domain_does_not_spoil_the_others():
    x = np.array([1e-6, 1.0, 2.0, 3.0])
    with np.errstate(invalid="ignore", divide="ignore"):
        found = numerical_gradient(np.log, x, np.ones(4))
    assert np.all(np.abs(found.value - 1 / x) <= found.error)
    assert np.all(found.error[1:] < 1e-10)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_slope_at_the_edge_of_a_domain_has_the_sign_of_the_entry_and_not_of_the_way_inside(side):
    """Inside lies above 0 for one and below it for the other."""
    found = numerical_gradient(lambda x: np.where(side * x < 0.0, np.nan, np.exp(x)), np.zeros(1), np.ones(1))
    assert_true(found, 1.0)


def test_kink_has_no_slope():
    with pytest.raises(CannotVerify, match=r"entry \(0,\) is on a kink: its one-sided slopes differ"):
        numerical_gradient(np.abs, np.array([0.0]), np.ones(1))
    with pytest.raises(CannotVerify, match=r"entry \(1,\) is on a kink"):
        numerical_gradient(np.abs, np.array([1.0, 0.0, 2.0]), np.ones(3))


def test_entry_that_is_zero_takes_no_more_calls():
    f, calls = count_calls(np.sin)
    numerical_gradient(f, np.zeros(1), np.ones(1))
    assert len(calls) <= 20


@pytest.mark.parametrize("y_bar", [np.zeros(3), np.array([0.0, 1.0, 0.0])])
def test_cotangent_of_zero_has_a_gradient_of_zero(y_bar):
    found = numerical_gradient(np.exp, np.arange(3.0), y_bar)
    assert np.all(np.abs(found.value - y_bar * np.exp(np.arange(3.0))) <= found.error)


def test_slope_that_does_not_exist_is_no_estimate():
    with pytest.raises(CannotVerify, match="returned values that are not finite"):
        numerical_gradient(lambda x: np.where(x > 0, 1.0, -np.inf), np.array([0.0]), np.ones(1))


def test_map_of_a_higher_degree_than_stated_is_refused():
    with pytest.raises(ValueError, match=r"not a polynomial of degree 1 in entry \(0,\): pass degree=2"):
        exact_gradient(lambda v: v @ v, np.array([1, 2]), 1)
    with pytest.raises(ValueError, match=r"not a polynomial of degree 2 in entry \(0,\): exact differences"):
        exact_gradient(lambda v: np.sum(v**3), np.array([1, 2]), 1, degree=2)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (17, 20)])
def test_stack_of_points_gives_what_point_by_point_gives(shape, degree):
    x = np.random.default_rng(0).integers(-9, 10, shape)

    def stacked_map(x):
        flat = x.reshape(*x.shape[: x.ndim - len(shape)], -1)
        return np.stack((flat.sum(axis=-1), 3 * flat.sum(axis=-1)), axis=-1) ** degree

    one_by_one = exact_jacobian(stacked_map, x, degree=degree)
    assert one_by_one.shape == (2, *shape)
    at_once = exact_jacobian(stacked_map, x, degree=degree, stacked=True)
    np.testing.assert_array_equal(at_once, one_by_one)
    assert {type(v) for v in at_once.flat} == {type(v) for v in one_by_one.flat}


def test_stack_is_one_call_beside_that_of_the_point_itself():
    calls = []

    def f(x):
        calls.append(x.shape)
        return 2 * x

    exact_gradient(f, np.arange(5), np.ones(5, dtype=int), stacked=True)
    assert calls == [(5,), (10, 5)]


def test_map_that_takes_no_stack_is_refused_with_what_came():
    with pytest.raises(ValueError, match=r"of a stack of 5 points .* got shape \(2,\); leave stacked= out"):
        exact_jacobian(lambda x: x.sum(axis=0), np.array([1, 2]), stacked=True)
    with pytest.raises(ValueError, match="got another value of the last"):
        exact_jacobian(lambda x: np.cumsum(x, axis=0), np.array([1, 2]), stacked=True)


def test_stack_is_asked_for_its_degree_too():
    with pytest.raises(ValueError, match=r"not a polynomial of degree 1 in entry \(1,\): pass degree=2"):
        exact_gradient(lambda x: x[..., 1] ** 2 + x[..., 0], np.array([1, 2]), 1, stacked=True)


def test_halves_of_large_changes_do_not_overflow():
    large = 2**62
    assert exact_gradient(lambda x: x * x, np.array([1]), np.array([large]), degree=2).tolist() == [2 * large]


def test_cotangent_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"y_bar must have the shape of f\(x\), \(2,\), got \(3,\)"):
        exact_gradient(lambda v: X @ v, np.array([0, 0]), np.array([1, -1, 2]))


def test_cotangent_of_a_function_of_one_value_may_be_left_out():
    found = numerical_gradient(lambda x: float(x @ x), [1, 2])
    assert np.all(np.abs(found.value - [2.0, 4.0]) <= found.error)


@pytest.mark.parametrize(
    ("f", "x", "y_bar", "error", "words"),
    [
        (np.sin, np.ones(3), None, ValueError, r"y_bar must say which sum.*\(3,\)"),
        (np.sin, np.ones(3), np.ones(2), ValueError, r"y_bar has the shape \(2,\).*\(3,\)"),
        (
            np.sin,
            np.ones(3) * 1j,
            np.ones(3),
            TypeError,
            "x must hold real numbers, got .* of complex128",
        ),
        (lambda _: "one", np.ones(3), None, TypeError, r"f\(x\) must hold real numbers, got str"),
    ],
)
def test_what_is_no_gradient_is_refused(f, x, y_bar, error, words):
    with pytest.raises(error, match=words):
        numerical_gradient(f, x, y_bar)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.cbrt(x).sum(), [0.0]),
        (lambda x: np.sqrt(x).sum(), [0.0, 1.0]),
        (lambda x: np.round(x).sum(), [0.5, 1.0]),
    ],
    ids=["cbrt", "sqrt", "round"],
)
def test_slope_that_is_infinite_or_at_a_jump_is_refused(f, x):
    with pytest.raises(CannotVerify):
        numerical_gradient(f, x)


@pytest.mark.parametrize(
    ("f", "derivative", "x"),
    [
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-12),
        (np.cos, lambda x: -np.sin(x), 0.0),
        (lambda x: 1e-30 * np.sin(x), lambda x: 1e-30 * np.cos(x), 2.0),
        (lambda x: 1e8 + np.sin(x), np.cos, 0.3),
        (lambda x: x**3, lambda x: 3 * x**2, 0.0),
    ],
)
def test_slope_of_any_size_is_no_jump(f, derivative, x):
    found = numerical_gradient(f, x)
    assert abs(found.value - derivative(x)) <= found.error


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="f must be a function of one array, got int: 3"):
        numerical_gradient(3, [1.0])


def cost(w, X, y):
    return np.sum((X @ w - y) ** 2)


@pytest.mark.parametrize(
    ("f", "rest", "options", "words"),
    [
        (cost, (np.eye(2), np.ones(2)), {}, r"numerical_gradient\(lambda w: cost\(w, X, y\), w0\)"),
        (cost, (np.eye(2),), {}, r"lambda w: cost\(w, X, y\)"),
        (cost, (), {"args": (np.eye(2), np.ones(2))}, r"lambda w: cost\(w, X, y\)"),
        (lambda x, scale=1: x.sum() * scale, (1, 2), {}, r"lambda x: f\(x, scale\), x0"),
        (np.sum, (), {"bounds": (0, 1)}, "takes f, x and y_bar, got bounds="),
        (np.sum, (), {"epsilon": 1e-6}, "got epsilon=; no tolerance or step has to be chosen"),
    ],
)
def test_what_scipy_takes_is_answered_with_what_to_write(f, rest, options, words):
    with pytest.raises(TypeError, match=words):
        numerical_gradient(f, np.ones(2), *rest, **options)


AT_EVEN_MINIMA = {
    "one minus cosine": (lambda x: 1 - np.cos(x), np.sin),
    "pseudo-Huber": (lambda x: np.sqrt(1 + x**2) - 1, lambda x: x / np.sqrt(1 + x**2)),
    "kinetic energy": (lambda v: 1 / np.sqrt(1 - v**2) - 1, lambda v: v / (1 - v**2) ** 1.5),
    "logarithm of cosh": (lambda x: np.log(np.cosh(x)), np.tanh),
}


@pytest.mark.parametrize("name", AT_EVEN_MINIMA)
@pytest.mark.parametrize("x", [1e-3, 3e-5, 1e-6, 1e-8, 1e-10])
def test_slope_beside_an_even_minimum_is_true_within_its_error(name, x):
    f, slope = AT_EVEN_MINIMA[name]
    for point in (x, [x, -x]):  # of several entries all are measured together
        found = numerical_gradient(f, point, y_bar=np.ones_like(point))
        assert np.all(np.abs(found.value - slope(np.asarray(point))) <= found.error)
        assert np.all(found.error <= 1e-11)


def test_steps_beyond_a_domain_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = numerical_gradient(lambda x: np.sum(np.sqrt(x) + np.log(x)), [1e-12])
    assert abs(found.value[0] - (0.5e6 + 1e12)) <= found.error[0]
