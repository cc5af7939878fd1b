"""`check` and `assert_correct`: what they accept, what they conclude, and what they raise."""

import inspect
import re

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from gradcheck import Layer, MalformedLayer, UnverifiedGradient, Verdict, WrongGradient, assert_correct, check
from gradcheck.checks import CHECKS
from gradcheck.evaluation import Endless
from gradcheck.running.tally import Tally
from gradcheck.running.verify import REPEATS, run
from tests.gradcheck.example_layers import (
    LINEAR,
    MISSING_SUM,
    PRODUCT,
    RELU,
    SQUARE,
    elementwise,
    relu,
    square,
    square_vjp,
)

FINITE_DIFFERENCE = next(c for c in CHECKS if c.name == "finite-difference")

X = np.array([1.0, -2.0, 3.0])
PRIMALS = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)


@pytest.mark.parametrize("function", [check, assert_correct])
@pytest.mark.parametrize("layer", [square, None, "linear", Layer])
def test_anything_but_a_layer_is_refused(function, layer):
    with pytest.raises(TypeError, match=r"^layer must be a gradcheck\.Layer, got "):
        function(layer, X)


@pytest.mark.parametrize("function", [check, assert_correct])
@pytest.mark.parametrize("name", ["seed", "max_examples"])
@pytest.mark.parametrize("value", [-1, 1.5, "3", None, True])
def test_number_that_is_no_count_is_refused_by_name_and_value(function, name, value):
    least = {"seed": 0, "max_examples": 1}[name]
    said = f"{name} must be a whole number of at least {least}, got {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        function(SQUARE, **{name: value})


def test_no_examples_at_all_are_refused():
    with pytest.raises(ValueError, match="max_examples must be a whole number of at least 1, got 0"):
        check(SQUARE, max_examples=0)


def test_options_without_primals_are_refused():
    with pytest.raises(TypeError, match=r"options \(stride, mode\) go with primals"):
        check(SQUARE, stride=2, mode="full")


def cost(w, X, lam):
    return ((X @ w) ** 2).sum() + lam * (w**2).sum()


def cost_gradient(w, X, lam):
    return 2 * X.T @ (X @ w) + 2 * lam * w


def test_args_as_scipy_takes_them_are_answered_with_what_to_write():
    with pytest.raises(TypeError, match=r"args= is SciPy's.*constants=\('X', 'lam'\).*x0, X, lam\)"):
        check(Layer.from_gradient(cost, cost_gradient), np.ones(2), args=(np.eye(2), 0.1))


def test_functions_with_data_are_answered_with_their_names():
    with pytest.raises(TypeError, match=r"constants=\('X', 'lam'\)\), x0, X, lam\)"):
        check(cost, cost_gradient, np.ones(2), np.eye(2), 0.1)


@pytest.mark.parametrize("name", ["rtol", "atol", "eps"])
def test_tolerance_of_another_checker_is_refused_with_what_is_done_instead(name):
    layer = Layer.from_gradient(lambda x: (x**2).sum(), lambda x: 2 * x)
    with pytest.raises(TypeError, match=rf"takes {name}=0.1; no tolerance or step has to be chosen"):
        check(layer, np.ones(2), **{name: 0.1})
    with pytest.raises(TypeError, match=rf"no field '{name}' \(no tolerance"):
        Layer.from_gradient(np.sum, np.ones_like, **{name: 0.1})


def test_option_that_forward_does_not_take_is_refused_by_name():
    layer = Layer.from_backward(lambda x, *, stride: x[::stride], lambda g, x, *, stride: g)
    with pytest.raises(TypeError, match=r"neither check\(\) nor forward of .* takes strid=2$"):
        check(layer, np.ones(2), strid=2)


def test_an_option_called_args_is_the_layers_own():
    layer = Layer(lambda x, args: args * x, lambda x, args: (args * x, lambda y_bar: args * y_bar))
    assert check(layer, np.ones(2), args=2.0)


def test_layer_that_cannot_be_drawn_is_refused_without_primals_and_accepted_with():
    layer = Layer(square, square_vjp)
    with pytest.raises(MalformedLayer, match="'square' has neither shapes= nor cases="):
        check(layer)
    assert check(layer, X).verdict is Verdict.CORRECT


def test_random_examples_run_the_whole_battery():
    report = check(LINEAR, max_examples=20)
    assert report.verdict is Verdict.CORRECT
    assert [r.check for r in report.results] == [c.name for c in CHECKS]
    assert (report.layer, report.inputs, report.seed) == ("linear", ("x", "w", "b"), 0)
    assert report.forward_calls > 100
    assert report.vjp_calls > 100
    assert 0.0 < report.sensitivity < 1e-6


def test_same_seed_gives_the_same_report_in_words():
    for layer in (LINEAR, MISSING_SUM):
        one, other = (check(layer, seed=11, max_examples=8) for _ in range(2))
        assert str(one) == str(other)
        assert (one.forward_calls, one.vjp_calls) == (other.forward_calls, other.vjp_calls)


def test_report_of_own_cases_names_the_inputs():
    from hypothesis import strategies as st

    layer = Layer(PRODUCT.forward, PRODUCT.vjp, cases=st.just(((X, X[::-1] + 0.5), {})))
    assert check(layer, max_examples=3).inputs == ("a", "b")


def test_point_is_checked_with_several_cotangents():
    report = check(LINEAR, *PRIMALS)
    assert report.verdict is Verdict.CORRECT
    by_name = {r.check: r for r in report.results}
    assert by_name["exact"].examples == REPEATS
    assert by_name["linearity"].examples == 1  # another cotangent is no other linear map
    assert by_name["empty"].verdict is Verdict.NOT_APPLICABLE
    assert by_name["empty"].reason == "the point has its own sizes"


def test_point_is_left_as_soon_as_another_direction_would_teach_nothing():
    report = run(LINEAR, PRIMALS, seed=0, max_examples=1, checks=[FINITE_DIFFERENCE])
    assert report.verdict is Verdict.CORRECT
    assert report.results[0].examples == 1
    assert (report.forward_calls, report.vjp_calls) == (3, 1)


@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_stationary_point_is_correct_where_its_gradient_is_zero(off):
    layer = Layer.from_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2 + off)
    report = run(layer, (np.zeros(2),), seed=0, max_examples=1, checks=[FINITE_DIFFERENCE])
    assert report.verdict is (Verdict.WRONG if off else Verdict.CORRECT)


def test_point_where_a_slope_is_zero_is_looked_at_again():
    layer = Layer(lambda x: x**3, lambda x: (x**3, lambda y_bar: 3 * x**2 * y_bar))
    report = run(layer, (np.zeros(2),), seed=0, max_examples=1, checks=[FINITE_DIFFERENCE])
    assert report.results[0].examples == REPEATS


def test_options_reach_the_layer_at_a_point():
    def power(x, *, k=2):
        return x**k

    layer = Layer(power, lambda x, *, k=2: (power(x, k=k), lambda y: y * k * x ** (k - 1)))
    assert check(layer, X, k=3).verdict is Verdict.CORRECT


def test_caller_s_arrays_are_left_alone():
    kept = [p.copy() for p in PRIMALS]

    def overwriting(x, w, b):
        x *= 0.0
        return x @ w + b, lambda y: (y @ w.T, x.T @ y, y.sum(axis=0))

    assert check(Layer(LINEAR.forward, overwriting), *PRIMALS).verdict is Verdict.WRONG
    assert all(np.array_equal(p, k) for p, k in zip(PRIMALS, kept, strict=True))


def test_missing_sum_is_refuted_at_a_point():
    report = check(MISSING_SUM, *PRIMALS)
    assert report.verdict is Verdict.WRONG
    (found, *_) = report.findings
    assert found.reason == "in the cotangent of 'b' (input 3 of 3)"
    assert found.evidence.what == "b_bar"
    assert found.example.shapes == {"x": (2, 3), "w": (3, 4), "b": (4,)}


@pytest.mark.parametrize("primals", [(), PRIMALS], ids=["random", "point"])
def test_wrong_gradient_raises_with_its_report(primals):
    with pytest.raises(WrongGradient, match=r"^VJP of 'linear' is wrong in the cotangent of 'b'") as raised:
        assert_correct(MISSING_SUM, *primals, max_examples=20)
    report = raised.value.report
    assert report.verdict is Verdict.WRONG
    assert str(raised.value) == str(report)
    evidence = report.findings[0].evidence
    assert abs(evidence.derived - evidence.numerical) > evidence.allowed


def test_unverified_gradient_raises_with_its_reason():
    constant = elementwise(lambda x: 1 + 0 * x, np.zeros_like)
    with pytest.raises(
        UnverifiedGradient, match="it has no influence here, and its zero gradient agrees"
    ) as raised:
        assert_correct(constant, X)
    assert raised.value.report.verdict is Verdict.UNVERIFIED


def test_correct_gradient_raises_nothing():
    assert assert_correct(SQUARE, max_examples=10) is None
    assert assert_correct(SQUARE, X) is None


def _step(at_zero):
    return lambda x: np.where(x == 0, at_zero, x > 0).astype(x.dtype)


@pytest.mark.parametrize("at_zero", [0.0, 0.3, 1.0])
def test_kink_at_the_user_s_point_is_correct_with_a_note(at_zero):
    layer = elementwise(relu, _step(at_zero), traits=("piecewise-linear",))
    report = check(layer, np.array([0.0, 1.0, -1.0]))
    assert report.verdict is Verdict.CORRECT
    assert "sits on a kink; the derived slopes lie between" in report.results[0].reason


@pytest.mark.parametrize("at_zero", [-1.0, 2.0])
def test_slope_outside_a_kink_is_wrong_for_a_piecewise_linear_layer(at_zero):
    layer = elementwise(relu, _step(at_zero), traits=("piecewise-linear",))
    report = check(layer, np.array([0.0, 1.0, -1.0]))
    assert report.verdict is Verdict.WRONG
    assert report.results[0].verdict is Verdict.WRONG
    evidence = report.results[0].evidence
    assert abs(evidence.derived - evidence.numerical) > evidence.allowed


def test_an_entry_that_ties_in_several_windows_may_win_some_of_them():
    def pooled(x):
        return np.maximum(x[1:], x[:-1])

    def vjp(x):
        first = x[:-1] >= x[1:]  # at a tie, the first of the two

        def pullback(y_bar):
            x_bar = np.zeros_like(x)
            x_bar[:-1] += np.where(first, y_bar, 0)
            x_bar[1:] += np.where(first, 0, y_bar)
            return x_bar

        return pooled(x), pullback

    layer = Layer(pooled, vjp, traits=("piecewise-linear",))
    for seed in range(20):
        assert check(layer, np.array([1.0, 1.0, 1.0, 0.0]), seed=seed).verdict is Verdict.CORRECT


def test_slope_outside_a_kink_is_wrong_where_no_other_meets_it():
    assert check(elementwise(relu, _step(2.0)), np.array([0.0, 1.0, -1.0])).verdict is Verdict.WRONG


def test_slope_outside_a_kink_is_unverified_where_several_may_meet():
    layer = Layer.from_gradient(lambda x: relu(x).sum(), _step(2.0))
    report = check(layer, np.array([0.0, 1.0, -1.0]))
    assert report.verdict is Verdict.UNVERIFIED
    assert "wrong, unless several kinks meet here" in report.findings[0].reason


def test_random_examples_step_round_kinks():
    assert check(RELU, max_examples=40).verdict is Verdict.CORRECT


@pytest.mark.parametrize("x", [[1.0], [4.0], [1.0, 4.0, 2.0]])
@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.CORRECT), (1.01, Verdict.WRONG)])
def test_edge_of_the_domain_is_measured_from_inside(x, factor, verdict):
    layer = elementwise(np.sqrt, lambda x: factor * 0.5 / np.sqrt(x), domain={"x": (1.0, 4.0)})
    assert check(layer, np.array(x)).verdict is verdict


def test_layer_with_a_domain_is_drawn_inside_it():
    def root(x):
        assert np.all(x >= 0.1)
        return np.sqrt(x)

    layer = elementwise(root, lambda x: 0.5 / np.sqrt(x), domain={"x": (0.1, 4.0)})
    assert check(layer, max_examples=40).verdict is Verdict.CORRECT


def test_float32_arrays_are_checked():
    single = [p.astype(np.float32) for p in PRIMALS]
    assert check(LINEAR, *single).verdict is Verdict.CORRECT
    assert check(MISSING_SUM, *single).verdict is Verdict.WRONG


def test_layer_drawn_in_float32_is_checked():
    layer = elementwise(np.sin, np.cos, dtype="float32")
    assert check(layer, max_examples=30).verdict is Verdict.CORRECT


def test_float32_layer_with_an_open_domain_is_checked():
    """The bound 0.7 is no float32: drawing on it must not leave the domain."""
    layer = elementwise(
        lambda x: np.sqrt(x - 0.7),
        lambda x: 0.5 / np.sqrt(x - 0.7),
        dtype="float32",
        domain={"x": (0.7, np.inf)},
    )
    assert check(layer, max_examples=30).verdict is not Verdict.WRONG


@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array(3.0), np.float32(3.0)])
def test_number_or_zero_dimensional_array_is_checked(x):
    assert check(SQUARE, x).verdict is Verdict.CORRECT
    wrong = Layer(square, lambda x: (square(x), lambda y: 3 * x * y))
    assert check(wrong, x).verdict is Verdict.WRONG


def test_layer_of_scalars_is_checked_over_random_values():
    scalars = {"a": "", "b": ""}
    assert (
        check(Layer(PRODUCT.forward, PRODUCT.vjp, shapes=scalars), max_examples=20).verdict is Verdict.CORRECT
    )


def test_inputs_of_a_starred_lambda_are_named_by_position():
    layer = Layer(lambda *xs: sum(xs), lambda *xs: (sum(xs), lambda y: (y * 1.0, y * 2.0)))
    report = check(layer, X, X)
    assert report.inputs == ("input 1", "input 2")
    assert report.findings[0].reason == "in the cotangent of 'input 2' (input 2 of 2)"


@pytest.mark.parametrize(
    ("primals", "said"),
    [
        (([1.0, "two"],), "'x[1]' of 'square' is a str; an array of numbers is expected"),
        ((np.arange(3),), "no input of 'square' can be differentiated ('x' is int64)"),
        ((X * np.nan,), "forward of 'square' returned"),
    ],
    ids=["list", "integers", "nan"],
)
def test_point_at_which_nothing_can_be_verified_says_why(primals, said):
    report = check(SQUARE, *primals)
    assert report.verdict is Verdict.UNVERIFIED
    assert said in str(report)


@pytest.mark.parametrize(
    "vjp",
    [square, lambda x: None, lambda x: (square(x), 2 * x), lambda x: (square(x), lambda y: "x_bar")],
    ids=["y alone", "None", "no function", "text"],
)
def test_vjp_of_another_form_is_wrong_and_not_a_crash(vjp):
    assert check(Layer(square, vjp), X).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("arguments", "step"),
    [
        ((rosen, rosen_der, np.ones(3)), r"write check\(Layer.from_gradient\(rosen, rosen_der\), x0\)"),
        (
            (rosen, rosen_der, np.ones(3)),
            "Layer.from_backward.rosen, rosen_der. if the second takes a cotangent",
        ),
        (
            (lambda a, b: a, lambda a, b: b, 1.0, 2.0),
            r"from_gradient\(fun, fun, constants=\('b',\)\), x0, b\)",
        ),
        ((rosen, np.ones(3)), r"Layer.from_gradient\(f, gradient_of_f\), x0\) for a scalar function"),
    ],
)
def test_functions_in_place_of_a_layer_are_told_what_to_write(arguments, step):
    with pytest.raises(TypeError, match=f"layer must be a gradcheck.Layer, got function: .*; .*{step}"):
        check(*arguments)


def test_verdict_stands_where_its_explanation_fails(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("of the explanation")

    monkeypatch.setattr("gradcheck.diagnosis.explainer.diagnose", fail)
    layer = Layer.from_backward(square, lambda g, x: 3.0 * x * g)
    report = check(layer, X)
    assert report.verdict is Verdict.WRONG
    assert "looking for the reason raised ZeroDivisionError: of the explanation" in report.describe()


def smoothed(x):
    return np.sqrt(x * x + 1e-8)


@pytest.mark.parametrize(("declared", "verdict"), [(0.0, Verdict.WRONG), (1e-4, Verdict.CORRECT)])
def test_approximation_is_right_to_the_accuracy_that_is_declared(declared, verdict):
    fields = {"shapes": {"x": "n"}, "domain": {"x": (0.2, 2.0)}, "accuracy": declared}
    layer = Layer.from_backward(smoothed, lambda g, x: g * np.sign(x), **fields)
    assert check(layer).verdict is verdict


def test_error_beyond_the_declared_accuracy_is_wrong():
    layer = Layer.from_backward(smoothed, lambda g, x: 1.05 * g * np.sign(x), accuracy=1e-2)
    assert check(layer, np.array([0.5, -0.3, 2.0])).verdict is Verdict.WRONG


def test_message_says_how_an_approximation_is_declared():
    report = check(Layer.from_backward(smoothed, lambda g, x: g * np.sign(x)), np.array([0.5, -0.3]))
    assert "off by a relative 6e-08" in report.describe()
    assert "accuracy=1e-06" in report.describe()


@pytest.mark.parametrize("factor", [1.5, -1.0, 1.01])
def test_large_error_is_told_of_no_approximation(factor):
    report = check(Layer.from_backward(square, lambda g, x: factor * 2.0 * x * g), X)
    assert "accuracy=" not in report.describe()


def test_output_whose_shape_depends_on_the_values_is_checked():
    def positive(x):
        return x[x > 0] ** 2

    def backward(factor):
        def back(g, x):
            d = np.zeros_like(x)
            d[x > 0] = factor * g * x[x > 0]
            return d

        return back

    for factor, verdict in ((2.0, Verdict.CORRECT), (1.0, Verdict.WRONG)):
        assert check(Layer.from_backward(positive, backward(factor), shapes={"x": "n"})).verdict is verdict


@pytest.mark.parametrize(
    ("finest", "sensitivity"),
    [
        ({"x": [7e-17, 1e-3]}, np.finfo(np.float64).eps),
        ({"x": [7e-17], "w": [1e-12, 1e-3]}, 1e-12),
        ({"x": [0.0]}, 0.0),
        ({"x": [1e-12], "w": [np.inf]}, None),
        ({}, None),
    ],
)
def test_sensitivity_is_that_of_the_coarsest_input_and_never_below_rounding(finest, sensitivity):
    assert Tally(finest=finest).sensitivity == sensitivity


def test_input_that_sits_on_kinks_alone_was_measured_by_nothing():
    report = check(RELU, np.zeros(1))
    assert report.verdict is Verdict.CORRECT
    assert report.sensitivity is None
    assert "sits on a kink" in str(report)


def test_explanation_that_takes_long_is_ended_and_the_report_says_so(monkeypatch):
    monkeypatch.setattr("gradcheck.running.tally.EXPLANATION_TIME", 1e-3)
    layer = Layer.from_backward(np.sin, lambda y_bar, x: 1.01 * y_bar * np.cos(x))
    report = check(layer, np.linspace(0.1, 1.0, 8), checks=("finite-difference",))
    assert report.verdict is Verdict.WRONG
    ended = "(looking for where and why ended after 0.001 s of processor time)"
    assert report.findings[0].reason.endswith(ended)
    assert report.findings[0].evidence is not None


def test_what_was_found_before_an_explanation_is_ended_is_told(monkeypatch):
    def find_no_end(*_):
        raise Endless

    monkeypatch.setattr("gradcheck.diagnosis.diagnose.find_repair", find_no_end)
    layer = Layer.from_backward(np.sin, lambda g, x: g * np.arctan(x) ** 3, shapes={"x": "n"})
    (found,) = check(layer, checks=("finite-difference",)).findings
    assert found.diagnosis.where
    assert "looking for why ended after" in found.reason
    assert "where" not in found.reason


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_five_hundred_inputs_take_few_calls(factor):
    def pull(y_bar, *xs):
        return tuple((factor if i == 7 else 1.0) * y_bar * np.cos(x) for i, x in enumerate(xs))

    layer = Layer.from_backward(lambda *xs: sum(np.sum(np.sin(x)) for x in xs), pull)
    xs = [np.array(value) for value in np.random.default_rng(0).normal(size=500)]
    report = check(layer, *xs)
    assert report.verdict is (Verdict.CORRECT if factor == 1.0 else Verdict.WRONG)
    assert report.forward_calls + report.vjp_calls < 600


def test_check_at_a_point_that_takes_many_calls_says_why():
    x = np.where(np.arange(100) % 10, np.linspace(-1.0, 2.0, 100), 0.0)
    (found,) = check(RELU, x, checks=("finite-difference",)).results
    assert found.verdict is Verdict.CORRECT
    assert re.search(r"kink.* \([\d,]+ forward calls\)$", found.reason)
    (few,) = check(RELU, x + 0.5, checks=("finite-difference",)).results
    assert few.reason == ""


@pytest.mark.parametrize(
    ("primals", "said"),
    [
        ((X,), "forward of 'product' takes the inputs x, w, and 1 was given"),
        ((X, X, X), "forward of 'product' takes the inputs x, w, and 3 were given"),
        (((X, X),), "; what stands in a tuple follows one by one: check(layer, x, w)"),
    ],
    ids=["too few", "too many", "a tuple"],
)
def test_other_number_of_inputs_than_forward_takes_is_refused(primals, said):
    def product(x, w):
        return x * w

    layer = Layer.from_backward(product, lambda g, x, w: (g * w, g * x))
    with pytest.raises(TypeError, match=re.escape(said)):
        check(layer, *primals)


def test_backward_with_other_parameters_is_told_how_it_is_called():
    layer = Layer.from_backward(lambda x, w: x * w, lambda g, x: g, name="product")
    assert "it is called as backward(y_bar, x, w)" in str(check(layer, X, X))


def test_forgotten_return_is_told():
    def backward(g, x, w):
        g * w, g * x

    report = check(Layer.from_backward(lambda x, w: x * w, backward), X, X)
    assert "returned None for 'x' and 'w', inputs with a derivative: is a `return` missing?" in str(report)


def test_lists_are_taken_for_arrays_at_every_size():
    layer = Layer.from_backward(lambda x: x**2, lambda g, x: (2 * x * g).tolist(), shapes={"x": "n k"})
    report = check(layer)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_forward_and_backward_that_are_swapped_are_told():
    with pytest.raises(MalformedLayer, match="Are forward and backward swapped"):
        Layer.from_backward(lambda g, x: 2 * g, lambda x: 2 * x, shapes={"x": "n"})


def test_what_a_function_raised_is_told_with_its_line():
    def backward(y_bar, x):
        scaled = 2.0 * y_bar
        return scaled * x[len(x)]

    line = inspect.getsourcelines(backward)[1] + 2
    report = check(Layer.from_backward(lambda x: x**2, backward), np.ones(2))
    assert f"raised at    test_verify.py:{line}" in str(report)


def test_what_a_library_raised_is_told_with_the_line_that_called_it():
    def backward(y_bar, x):
        return np.reshape(y_bar, (7, 7))

    line = inspect.getsourcelines(backward)[1] + 1
    report = check(Layer.from_backward(lambda x: x**2, backward), np.ones(2))
    assert f"raised at    test_verify.py:{line}" in str(report)
