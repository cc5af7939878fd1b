"""Small layers and short ways to a `Trial`, `Point` or `Line`, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck.checks import CHECKS
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.trial import Calls, Trial
from gradcheck.judging.findings import Outcome
from gradcheck.numerics.line import Line
from gradcheck.running.search import at_example
from gradcheck.types import Array


def elementwise(f: Callable[..., Any], slope: Callable[..., Any], **fields: Any) -> Layer:
    """Return the layer y = f(x) entry by entry, with `slope` as its derived derivative."""
    fields.setdefault("name", "layer")
    fields.setdefault("shapes", {"x": "n"})
    return Layer(f, lambda x: (f(x), lambda y_bar: slope(x) * y_bar), **fields)


def square(x):
    return x * x


def square_vjp(x):
    return square(x), lambda y_bar: 2 * x * y_bar


SQUARE = Layer(square, square_vjp, shapes={"x": "n"}, traits=("analytic",))


FLAWED = Layer(
    square,
    lambda x: (square(x), lambda y_bar: np.multiply(y_bar, 2 * x, out=y_bar)),
    name="flawed",
    shapes={"x": "n"},
)
"""Its gradient is right, and it writes into the cotangent it is given."""


def product(a, b):
    return a * b


def product_vjp(a, b):
    return product(a, b), lambda y_bar: (y_bar * b, y_bar * a)


PRODUCT = Layer(product, product_vjp, shapes={"a": "n", "b": "n"}, traits=("multilinear",))


def relu(x):
    return np.maximum(x, 0)


def relu_vjp(x):
    return relu(x), lambda y_bar: y_bar * (x > 0)


RELU = Layer(relu, relu_vjp, shapes={"x": "n"}, traits=("piecewise-linear",))


def linear(x, w, b):
    return x @ w + b


def linear_vjp(x, w, b):
    return linear(x, w, b), lambda y_bar: (y_bar @ w.T, x.T @ y_bar, y_bar.sum(axis=0))


LINEAR_SHAPES = {"x": "n i", "w": "i o", "b": "o"}
LINEAR = Layer(linear, linear_vjp, shapes=LINEAR_SHAPES, traits=("multilinear",))


def missing_sum_vjp(x, w, b):
    """Take the first row where all rows must be added."""
    return linear(x, w, b), lambda y_bar: (y_bar @ w.T, x.T @ y_bar, y_bar[0].copy())


MISSING_SUM = Layer(linear, missing_sum_vjp, name="linear", shapes=LINEAR_SHAPES, traits=("multilinear",))


def trial_of(
    layer: Layer, *primals: Any, seed: int = 0, is_user_point: bool = False, **options: Any
) -> Trial:
    """Return a `Trial` of `layer` at these primals."""
    return Trial.of(layer, primals, options, seed, Calls(), is_user_point=is_user_point)


def point_of(layer: Layer, *primals: Any, seed: int = 0) -> Point:
    """Return a `Point` of `layer` at these primals."""
    return Point.of(trial_of(layer, *primals, seed=seed), np.random.default_rng(seed))


def line_of(layer: Layer, x: Array, v: Array | None = None, *, seed: int = 0) -> Line:
    """Return the line x + t v through the only input; v is all ones unless given."""
    return Line(point_of(layer, x, seed=seed).near(0), np.ones(x.shape) if v is None else v)


BY_NAME = {check.name: check for check in CHECKS}
OF_FRAMEWORKS = ("subsets", "undefined", "strides", "saved", "double-backward", "compiled", "vmap")
"""Checks of functions of PyTorch and JAX alone."""
BESIDE_THEIR_TESTS = (*OF_FRAMEWORKS, "reference")
"""Checks whose wrong layers do not stand in `tests/broken`, but beside the tests of frameworks."""


def outcome(
    name: str, layer: Layer, *primals: Any, seed: int = 0, is_user_point: bool = False, **options: Any
) -> Outcome:
    """Return what the check of this name concludes about `layer` at these primals."""
    return at_example(
        BY_NAME[name], trial_of(layer, *primals, seed=seed, is_user_point=is_user_point, **options)
    )
