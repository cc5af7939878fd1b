"""A `Trial` counts calls, copies inputs in the caller's own form, and brings results to one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Layer, Verdict, check
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.sampling import StopExploring
from tests.gradcheck.example_layers import PRODUCT, SQUARE, elementwise, square, trial_of

X = np.array([1.0, -2.0, 3.0])


def test_calls_of_forward_and_pullback_are_counted():
    trial = trial_of(SQUARE, X)
    trial.forward()
    trial.forward()
    _, pullback = trial.linearise()
    pullback(X)
    assert (trial.calls.forward, trial.calls.vjp) == (2, 1)


def test_layer_that_overwrites_its_input_does_not_disturb_the_trial():
    def overwriting(x):
        x *= 0.0
        return x

    trial = trial_of(Layer(overwriting, overwriting), X.copy())
    trial.forward()
    assert np.array_equal(trial.primals[0], X)


def test_python_float_reaches_the_layer_as_a_number():
    seen = []
    trial = trial_of(elementwise(lambda x: seen.append(type(x)) or x * x, lambda x: 2 * x), 3.0)
    assert trial.forward() == 9.0
    assert issubclass(seen[0], float)


def test_zero_dimensional_array_reaches_the_layer_as_an_array():
    seen = []
    layer = Layer(lambda x: seen.append(type(x)) or x * x, square)
    trial_of(layer, np.array(3.0)).forward()
    assert seen == [np.ndarray]


def test_pullback_of_a_number_receives_a_number():
    seen = []
    layer = Layer(square, lambda x: (square(x), lambda y_bar: seen.append(np.ndim(y_bar)) or 2 * x * y_bar))
    _, pullback = trial_of(layer, 3.0).linearise()
    (x_bar,) = pullback(np.array(1.0))
    assert (seen, x_bar.shape, float(x_bar)) == ([0], (), 6.0)


def test_integer_and_constant_inputs_are_not_active():
    layer = Layer(lambda a, b, c: a, square, constants=("c",))
    trial = trial_of(layer, X, np.arange(3), X)
    assert trial.active == (0,)


@pytest.mark.parametrize(
    ("primals", "said"),
    [
        ((np.arange(3),), "no input of 'square' can be differentiated ('x' is int64)"),
        ((2,), "('x' is int64)"),
        ((np.array([True]),), "('x' is bool)"),
    ],
)
def test_inputs_without_a_derivative_cannot_be_verified(primals, said):
    with pytest.raises(CannotVerify) as stopped:
        trial_of(SQUARE, *primals)
    assert said in str(stopped.value)


def test_no_inputs_at_all_cannot_be_verified():
    with pytest.raises(CannotVerify, match="there are none"):
        trial_of(SQUARE)


def test_forward_that_raises_is_reported_with_its_role_and_words():
    def refusing(x):
        message = "odd sizes only\nsecond line"
        raise ValueError(message)

    with pytest.raises(LayerRaised) as raised:
        trial_of(Layer(refusing, refusing), X).forward()
    assert str(raised.value) == "forward of 'refusing' raised ValueError: odd sizes only"
    assert raised.value.role == "forward"
    assert isinstance(raised.value.cause, ValueError)


def test_exception_without_words_is_reported_by_its_type():
    def refusing(x):
        raise KeyError

    with pytest.raises(LayerRaised, match=r"raised KeyError$"):
        trial_of(Layer(refusing, refusing), X).forward()


def test_vjp_and_pullback_that_raise_are_told_apart():
    def pullback(y_bar):
        raise ZeroDivisionError

    _, of_layer = trial_of(Layer(square, lambda x: (x, pullback)), X).linearise()
    with pytest.raises(LayerRaised, match=r"^pullback of 'square' raised ZeroDivisionError"):
        of_layer(X)
    with pytest.raises(LayerRaised, match=r"^vjp of 'square' raised ZeroDivisionError"):
        trial_of(Layer(square, pullback), X).linearise()


def test_keyboard_interrupt_is_not_the_layer_s_fault():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial_of(Layer(interrupted, interrupted), X).forward()


@pytest.mark.parametrize("returned", [None, (X, None), ["y"]])
def test_output_that_is_no_array_breaks_the_contract(returned):
    with pytest.raises(BrokenContract, match="forward of 'layer' must return arrays or numbers"):
        trial_of(Layer(lambda x: returned, square, name="layer"), X).forward()


def test_integer_output_cannot_be_verified():
    with pytest.raises(CannotVerify, match="returned int64 values, which have no derivative"):
        trial_of(Layer(lambda x: x.astype(int), square), X).forward()


def test_bare_cotangent_and_list_are_normalised():
    bare = Layer(square, lambda x: (square(x), lambda y_bar: 2 * x * y_bar))
    listed = Layer(PRODUCT.forward, lambda a, b: (a * b, lambda y_bar: [y_bar * b, y_bar * a]))
    assert np.array_equal(trial_of(bare, X).linearise()[1](X)[0], 2 * X * X)
    assert len(trial_of(listed, X, X).linearise()[1](X)) == 2


def test_cotangent_of_a_constant_may_be_none():
    layer = Layer(
        PRODUCT.forward, lambda a, b: (a * b, lambda y_bar: (y_bar * b, None)), constants=("b",), shapes=None
    )
    a_bar, b_bar = trial_of(layer, X, X).linearise()[1](X)
    assert b_bar is None
    assert np.array_equal(a_bar, X * X)


def test_none_for_an_active_input_breaks_the_contract():
    layer = Layer(square, lambda x: (square(x), lambda y_bar: None))
    with pytest.raises(BrokenContract, match="returned None for 'x', an input with a derivative"):
        trial_of(layer, X).linearise()[1](X)


@given(st.integers(0, 2**70), st.text(max_size=9))
def test_generator_is_that_of_the_seed_and_the_letters_of_its_purpose(seed, purpose):
    expected = np.random.default_rng([seed, *purpose.encode()])
    assert trial_of(SQUARE, X, seed=seed).rng(purpose).bit_generator.state == expected.bit_generator.state


def test_same_seed_and_purpose_give_the_same_numbers():
    draws = [trial_of(SQUARE, X, seed=s).rng(p).random() for s, p in ((1, "a"), (1, "a"), (2, "a"), (1, "b"))]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


def test_beside_moves_every_active_entry_and_stays_in_the_domain():
    layer = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), domain={"x": (0.0, 3.0)})
    x = np.array([0.0, 1.0, 3.0])
    (moved,) = trial_of(layer, x).neighbour(np.random.default_rng(0)).primals
    assert moved[1] != 1.0
    assert moved.min() >= 0.0
    assert moved.max() <= 3.0
    assert np.abs(moved - x).max() <= 2.0**-9 * 3.0


def test_beside_moves_zeros_too():
    (moved,) = trial_of(SQUARE, np.zeros(4)).neighbour(np.random.default_rng(0)).primals
    assert np.all(moved != 0.0)


def test_cast_leaves_integers_alone():
    trial = trial_of(Layer(lambda x, k: x, square), X, np.arange(2)).cast(np.float32)
    assert [a.dtype.name for a in trial.primals] == ["float32", "int64"]


def test_example_holds_what_repeats_the_trial():
    example = trial_of(PRODUCT, X, X, seed=7, k=2).example
    assert (example.shapes, example.options, example.seed) == ({"a": (3,), "b": (3,)}, {"k": 2}, 7)


def test_place_of_a_finding_is_named():
    assert trial_of(PRODUCT, X, X).describe_place(1) == "in the cotangent of 'b' (input 2 of 2)"


class Abort(BaseException):
    pass


@pytest.mark.parametrize("cause", [SystemExit(0), Abort("no"), RuntimeError("no")])
def test_whatever_a_layer_raises_is_told_as_its_own(cause):
    def raising(x):
        raise cause

    with pytest.raises(LayerRaised, match=f"^forward of 'raising' raised {type(cause).__name__}"):
        trial_of(Layer(raising, SQUARE.vjp), np.ones(2)).forward()
    report = check(Layer(SQUARE.forward, raising, shapes={"x": "n"}), max_examples=5)
    assert report.verdict is Verdict.WRONG
    assert f"vjp of 'square' raised {type(cause).__name__}" in str(report)


@pytest.mark.parametrize("cause", [KeyboardInterrupt, StopExploring])
def test_what_steers_the_run_passes_through_a_layer(cause):
    def raising(x):
        raise cause

    with pytest.raises(cause):
        trial_of(Layer(raising, SQUARE.vjp), np.ones(2)).forward()


def short_of(edge):
    """Return a layer that raises from an edge on."""

    def forward(x):
        if np.any(x >= edge):
            raise ValueError("beyond the end of the table")
        return 2.0 * x

    return Layer.from_backward(forward, lambda g, x: 2.0 * g)


@pytest.mark.parametrize("method", ["neighbour", "beside_in_proportion"])
@pytest.mark.parametrize("distance", [1e-1, 1e-4, 1e-5])
def test_neighbour_of_a_users_point_is_where_forward_works(method, distance):
    trial = trial_of(short_of(3.0), np.array([0.5, 3.0 - distance]), is_user_point=True)
    for seed in range(8):
        there = getattr(trial, method)(np.random.default_rng(seed))
        assert there.finite_output() is not None
        assert np.all(there.primals[0] != trial.primals[0])


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.CORRECT), (1.1, Verdict.WRONG)])
def test_gradient_next_to_where_forward_ends_is_judged(factor, verdict):
    layer = short_of(3.0)
    layer = Layer.from_backward(layer.forward, lambda g, x: factor * 2.0 * g)
    assert check(layer, np.array([0.5, 2.9999])).verdict is verdict
