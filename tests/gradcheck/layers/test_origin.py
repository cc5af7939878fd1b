"""The user's own functions are found behind every dialect and wrapper."""

import functools
from pathlib import Path

import numpy as np
import pytest

from gradcheck import Claim, Layer
from gradcheck.layers.origin import functions_of, module_of, source_line_of
from tests.gradcheck.example_layers import SQUARE, square, square_vjp


def backward(y_bar, x):
    return 2 * x * y_bar


def cached(x):
    return x * x, x


def cached_backward(y_bar, x):
    return 2 * x * y_bar


def value_and_gradient(x):
    return (x * x).sum(), 2 * x


class Squared:
    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, y_bar):
        return 2 * self.x * y_bar


@functools.lru_cache
def wrapped_vjp(x):
    return square_vjp(x)


@pytest.mark.parametrize(
    ("layer", "functions"),
    [
        (SQUARE, (square_vjp, square)),
        (Layer.from_pullback(square_vjp), (square_vjp, square_vjp)),
        (Layer.from_backward(square, backward), (backward, square)),
        (Layer.from_cached(cached, cached_backward), (cached_backward, cached)),
        (Layer.from_gradient(value_and_gradient), (value_and_gradient, value_and_gradient)),
        (Layer.from_gradient(square, backward), (backward, square)),
        (Layer.from_jacobian(square, square), (square, square)),
        (Layer.from_jacobian(value_and_gradient, True), (value_and_gradient, value_and_gradient)),
        (Layer.from_hessian(square, backward), (backward, square)),
        (Layer.from_module(Squared), (Squared,)),
        (Layer(functools.partial(square), wrapped_vjp), (wrapped_vjp.__wrapped__, square)),
        (Layer(Squared().forward, square_vjp), (square_vjp, Squared)),
    ],
    ids=[
        "record",
        "pullback",
        "backward",
        "cache",
        "loss",
        "loss and gradient",
        "Jacobian",
        "value and Jacobian",
        "Hessian",
        "object",
        "wrapped",
        "bound",
    ],
)
def test_functions_are_the_user_s_own(layer, functions):
    assert functions_of(layer) == functions
    line = source_line_of(layer)
    assert Path(line.file).name in {"test_origin.py", "example_layers.py"}
    assert (
        Path(line.file)
        .read_text(encoding="utf-8")
        .splitlines()[line.number - 1]
        .startswith(("def ", "class ", "@"))
    )


def test_claim_stands_where_its_right_side_does():
    def right(a):
        return a

    claim = Claim("c", "a = a", lambda a: a, right, {"a": "n"})
    assert functions_of(claim)[0] is right
    assert source_line_of(claim).number == right.__code__.co_firstlineno


def test_compiled_functions_have_no_line():
    assert source_line_of(Layer(np.tanh, np.tanh)) is None


@pytest.mark.parametrize(
    ("layer", "module"),
    [(SQUARE, "tests.gradcheck.example_layers"), (Layer.from_module(Squared), __name__)],
    ids=["functions", "class"],
)
def test_layer_belongs_to_the_module_of_its_derivation(layer, module):
    assert module_of(layer) == module
