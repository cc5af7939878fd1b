"""`arrays=`: functions on tensors, or on any other library's arrays."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.layers import derivation_of, functions_of

X = {"shapes": {"x": "n m", "w": "m"}, "domain": {"x": (-2.0, 2.0), "w": (-2.0, 2.0)}}


class Wrapped:
    """An array of a library that knows nothing of NumPy."""

    def __init__(self, values):
        assert type(values) is np.ndarray
        self.values = values


def unwrap(wrapped):
    assert isinstance(wrapped, Wrapped)
    return wrapped.values


def forward(x, w):
    return torch.tanh(x) * w


def backward(y_bar, x, w):
    assert torch.is_tensor(y_bar)
    return y_bar * w * (1 - torch.tanh(x) ** 2), (y_bar * torch.tanh(x)).sum(0)


def forgets_square(y_bar, x, w):
    return y_bar * w * (1 - torch.tanh(x)), (y_bar * torch.tanh(x)).sum(0)


@pytest.mark.parametrize(
    "arrays", ["torch", torch, (torch.from_numpy, lambda t: t.numpy())], ids=["name", "module", "pair"]
)
def test_functions_on_tensors_are_checked(arrays):
    report = check(Layer.from_backward(forward, backward, arrays=arrays, **X), max_examples=6)
    assert report.verdict is Verdict.CORRECT, str(report)
    wrong = check(Layer.from_backward(forward, forgets_square, arrays=arrays, **X), max_examples=6)
    assert wrong.verdict is Verdict.WRONG


def test_line_is_that_of_the_users_backward():
    layer = Layer.from_backward(forward, backward, arrays="torch")
    assert functions_of(layer) == (backward, forward)
    other = derivation_of(layer).join(forgets_square)
    y, pullback = other(np.ones((1, 1)), np.ones(1))
    assert isinstance(y, np.ndarray)
    assert isinstance(pullback(np.ones((1, 1)))[0], np.ndarray)


def test_copy_of_a_record_converts_once():
    layer = replace(Layer.from_backward(forward, backward, arrays="torch"), name="again")
    assert isinstance(layer.forward(np.ones((1, 1)), np.ones(1)), np.ndarray)


def test_pair_of_conversions_need_not_know_numpy():
    def cube(x):
        return Wrapped(unwrap(x) ** 3)

    def vjp(x):
        return cube(x), lambda y_bar: Wrapped(3 * unwrap(y_bar) * unwrap(x) ** 2)

    layer = Layer(cube, vjp, arrays=(Wrapped, unwrap), shapes={"x": "n"})
    assert check(layer, max_examples=6).verdict is Verdict.CORRECT


def test_namespace_of_the_array_standard_is_enough():
    xp = pytest.importorskip("array_api_strict")
    layer = Layer.from_backward(
        lambda x: xp.sin(x), lambda y_bar, x: y_bar * xp.cos(x), arrays=xp, shapes={"x": "n"}
    )
    assert check(layer, max_examples=6).verdict is Verdict.CORRECT


def test_tangents_and_nested_values_are_converted_too():
    def both(x):
        return {"a": torch.sin(x[0]), "b": [x[1]]}

    def vjp(x):
        return both(x), lambda bar: ([bar["a"] * torch.cos(x[0]), bar["b"][0]],)

    def jvp(primals, tangents):
        (x,), (x_dot,) = primals, tangents
        return both(x), {"a": torch.cos(x[0]) * x_dot[0], "b": [x_dot[1]]}

    layer = Layer(both, vjp, jvp=jvp, arrays="torch", shapes={"x": ["n", "m"]}, domain={"x": (-2.0, 2.0)})
    report = check(layer, max_examples=6)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_digits_that_tensors_lose_are_no_wrong_gradient():
    def flat(x):
        return torch.atanh(torch.tanh(x))

    domain = {"x": (-15.0, 15.0)}
    layer = Layer.from_backward(flat, lambda g, x: 1.0 * g, arrays="torch", shapes={"x": "n"}, domain=domain)
    for seed in range(3):
        report = check(layer, checks=("finite-difference",), max_examples=40, seed=seed)
        assert report.verdict is not Verdict.WRONG, str(report)


def test_write_into_an_input_is_seen():
    layer = Layer.from_backward(
        lambda x: x.mul_(1.0).add_(1.0), lambda y_bar, x: y_bar.clone(), arrays="torch", shapes={"x": "n"}
    )
    assert check(layer, checks=("purity",), max_examples=4).verdict is Verdict.FLAWED


@pytest.mark.parametrize("arrays", ["tensorflow", 3, (np.asarray,)], ids=["unknown", "number", "short"])
def test_other_arrays_are_told_what_is_expected(arrays):
    with pytest.raises(MalformedLayer, match='arrays must be "numpy", "torch"'):
        Layer(forward, forward, arrays=arrays)


def test_namespace_of_jax_is_told_of_its_door():
    import jax.numpy as jnp

    with pytest.raises(MalformedLayer, match="from_jax takes functions of JAX"):
        Layer(forward, forward, arrays=jnp)


def test_function_of_a_framework_has_its_own_arrays():
    with pytest.raises(MalformedLayer, match="arrays= is for functions"):
        Layer.from_torch(torch.sin, arrays="torch")


def test_arrays_of_the_library_are_taken_at_a_point():
    layer = Layer.from_backward(torch.sin, lambda g, x: g * torch.cos(x), arrays="torch")
    assert check(layer, torch.linspace(-1.0, 1.0, 4, dtype=torch.float64)).verdict is Verdict.CORRECT
