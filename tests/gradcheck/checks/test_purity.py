"""Nothing is changed, nothing is aliased, and the pullback can be called again."""

import re

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import PRODUCT, SQUARE, outcome, product, square

X = np.array([1.0, -2.0, 3.0])


def reason(layer, *primals, **options):
    found = outcome("purity", layer, *(primals or (X,)), **options)
    assert found.verdict is Verdict.WRONG
    return found.reason


def layer_of(forward=square, before=lambda x: None, pullback=lambda x, y: 2 * x * y):
    def vjp(x):
        before(x)
        return square(x), lambda y_bar: pullback(x, y_bar)

    return Layer(forward, vjp)


def scale(array):
    array *= 2.0


def test_forward_that_changes_its_input():
    def forward(x):
        scale(x)
        return x * 1.0

    assert re.fullmatch(r"forward\b.* changes its input 'x' in place", reason(layer_of(forward)))


def test_vjp_that_changes_its_input():
    assert re.fullmatch(r".*\bvjp changes its input 'x' in place", reason(layer_of(before=scale)))


def test_pullback_that_changes_its_input():
    def pullback(x, y_bar):
        x_bar = 2 * x * y_bar
        scale(x)
        return x_bar

    assert reason(layer_of(pullback=pullback)) == "the pullback changes its input 'x' in place"


def test_pullback_that_changes_its_cotangent():
    def pullback(x, y_bar):
        y_bar *= 2 * x
        return y_bar.copy()

    assert reason(layer_of(pullback=pullback)) == "the pullback changes the cotangent that it is given"


def test_sign_of_a_zero_counts_as_a_change():
    def pullback(x, y_bar):
        x_bar = 2 * x * y_bar
        x *= -1.0
        return x_bar

    found = outcome("purity", layer_of(pullback=pullback), np.zeros(2))
    assert found.reason == "the pullback changes its input 'x' in place"


def test_option_that_is_changed():
    def forward(x, *, steps):
        steps.append(1)
        return x * 1.0

    layer = Layer(forward, lambda x, *, steps: (x * 1.0, lambda y_bar: y_bar * 1.0))
    assert re.fullmatch(
        r"forward\b.* changes its option 'steps' in place; .*state=\('steps',\)", reason(layer, X, steps=[2])
    )


def test_output_that_is_its_input():
    layer = Layer(lambda x: x, lambda x: (x * 1.0, lambda y_bar: y_bar * 1.0))
    assert reason(layer).startswith("forward's output shares memory with 'x'")


@pytest.mark.parametrize("view", [lambda x: x[::-1], lambda x: x.reshape(3, 1), lambda x: x[1:]])
def test_output_that_is_a_view_of_its_input(view):
    layer = Layer(view, lambda x: (view(x).copy(), lambda y_bar: x * 1.0))
    assert reason(layer).startswith("forward's output shares memory with 'x'")


def test_primal_value_of_the_vjp_that_is_its_input():
    layer = Layer(lambda x: x * 1.0, lambda x: (x, lambda y_bar: y_bar * 1.0))
    assert reason(layer).startswith("vjp's primal value shares memory with 'x'")


def test_cotangent_that_is_the_one_given():
    layer = Layer(lambda x: x * 1.0, lambda x: (x * 1.0, lambda y_bar: y_bar))
    assert "the cotangent of 'x' shares memory with the cotangent it was given" in reason(layer)


def test_cotangent_that_is_an_input():
    layer = Layer(product, lambda a, b: (a * b, lambda y_bar: (b, y_bar * a)))
    assert reason(layer, X, X.copy()).startswith("the cotangent of 'a' shares memory with 'b'")


def test_second_call_of_forward_that_overwrites_the_first_result():
    buffer = np.zeros(3)

    def forward(x):
        return np.multiply(x, x, out=buffer)

    found = reason(Layer(forward, SQUARE.vjp))
    assert found == "a second call of forward changes what the first one returned"


def test_second_call_that_overwrites_the_first_result():
    def vjp(x):
        buffer = np.empty_like(x)

        def pullback(y_bar):
            np.multiply(2 * x, y_bar, out=buffer)
            return buffer

        return square(x), pullback

    assert reason(Layer(square, vjp)) == "a second call of the pullback changes what the first one returned"


def test_pullback_that_adds_up_over_calls():
    def vjp(x):
        total = [0.0]

        def pullback(y_bar):
            total[0] = total[0] + 2 * x * y_bar
            return total[0]

        return square(x), pullback

    said = "the pullback, called again with the same cotangent, returns something else"
    assert reason(Layer(square, vjp)).startswith(said)


def test_pullback_that_can_be_called_once_only_cannot_be_verified():
    def vjp(x):
        saved = [x]
        return square(x), lambda y_bar: 2 * saved.pop() * y_bar

    found = outcome("purity", Layer(square, vjp), X)
    assert found.verdict is not Verdict.CORRECT
    assert "pullback of 'square' raised IndexError" in found.reason


def test_result_kept_in_the_closure_may_be_a_fresh_one_each_time():
    assert outcome("purity", SQUARE, X).verdict is Verdict.CORRECT
    assert outcome("purity", PRODUCT, X, X).verdict is Verdict.CORRECT
    assert outcome("purity", SQUARE, 3.0).verdict is Verdict.CORRECT


def test_alias_says_why_it_matters():
    said = reason(Layer(lambda x: x, lambda x: (x * 1.0, lambda y_bar: y_bar * 1.0)))
    assert said.endswith(
        ": an in-place operation on one of them, such as +=, changes the other as well; return a copy"
    )


def total(x):
    return np.sum(x)


def test_read_only_view_of_the_cotangent_can_change_nothing():
    layer = Layer.from_backward(
        lambda x: x.sum(axis=0), lambda y_bar, x: np.broadcast_to(y_bar, x.shape), shapes={"x": "n d"}
    )
    assert outcome("purity", layer, np.ones((3, 2))).verdict is Verdict.CORRECT


def test_cotangent_of_a_number_is_a_number_to_its_caller():
    def backward(y_bar, x, b):
        y_bar *= 2.0
        return y_bar * np.ones_like(x) / 2.0, y_bar / 2.0 if b.ndim else y_bar

    layer = Layer(
        lambda x, b: np.sum(x) + 2.0 * b,
        lambda x, b: (np.sum(x) + 2.0 * b, lambda y_bar: backward(y_bar, x, b)),
    )
    assert outcome("purity", layer, X, np.array(0.5)).verdict is Verdict.CORRECT


def test_cotangent_of_an_array_without_axes_is_watched():
    def vjp(x):
        return np.asarray(2.0 * x), lambda y_bar: y_bar.__imul__(2.0).copy()

    assert reason(Layer(lambda x: np.asarray(2.0 * x), vjp), np.array(3.0)) == (
        "the pullback changes the cotangent that it is given"
    )


def sorts_in_place(x):
    x.sort()
    return x[-1] ** 2 + x[0] ** 2 + x[1] ** 4


def slope_of_sorted(x):
    x_bar, order = np.zeros(3), np.argsort(x)
    x_bar[order] = 2 * x[order[0]], 4 * x[order[1]] ** 3, 2 * x[order[2]]
    return x_bar


def doubles_in_place(x):
    x *= 2.0
    return x


@pytest.mark.parametrize(
    "layer",
    [
        Layer.from_gradient(sorts_in_place, slope_of_sorted),
        Layer.from_gradient(lambda x: float((doubles_in_place(x) ** 2).sum()), lambda x: 8.0 * x),
        Layer.from_backward(doubles_in_place, lambda y_bar, x: 2.0 * y_bar),
    ],
    ids=["sorted", "loss", "returned"],
)
def test_right_gradient_of_a_forward_that_overwrites_its_input_is_flawed(layer):
    report = check(layer, np.array([3.0, 1.0, 2.0]))
    assert report.verdict is Verdict.FLAWED
    assert "changes its input 'x' in place" in str(report)


def test_wrong_gradient_of_a_forward_that_overwrites_its_input_is_wrong():
    layer = Layer.from_gradient(lambda x: float((doubles_in_place(x) ** 2).sum()), lambda x: 2.0 * x)
    assert check(layer, np.array([3.0, 1.0, 2.0])).verdict is Verdict.WRONG
