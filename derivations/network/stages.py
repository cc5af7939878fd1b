"""The stages that a network is composed of: a verified layer each, with the shapes of its parameters.

A stage is a function of one array and its parameters, y = f(x, θ), and the function's VJP, whose pullback
returns x̄ and then one cotangent for each parameter. Convolution and pooling are the fast ones; everything
else is the layer of the derivation itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod, sqrt

import numpy as np

from derivations.activations import relu, relu_vjp, sigmoid, sigmoid_vjp
from derivations.fast import conv2d, conv2d_vjp, max_pool, max_pool_vjp
from derivations.flatten import flatten, flatten_vjp
from derivations.linear import linear, linear_vjp
from derivations.types import Array, Pullback, UnaryPullback
from gradcheck import Layer

Parameters = tuple[Array, ...]


@dataclass(frozen=True)
class Stage:
    """One layer of a network.

    Parameters
    ----------
    name
        What reports call it, as ``"conv 1"``.
    forward
        ``forward(x, *parameters) -> y``.
    vjp
        ``vjp(x, *parameters) -> (y, pullback)``, with ``pullback(y_bar) -> (x_bar, ...)``.
    shapes
        The parameters' names and shapes, in the order in which `forward` takes them.
    gain
        Of the initial weights: their variance is gain² divided by the number of terms an output adds up.
    """

    name: str
    forward: Callable[..., Array]
    vjp: Callable[..., tuple[Array, Pullback]]
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    gain: float = 1.0

    @property
    def layer(self) -> Layer:
        """The stage as a layer for the harness, to be checked at a point."""
        return Layer(self.forward, self.vjp, name=self.name)

    def initial(self, rng: np.random.Generator) -> Parameters:
        """Draw parameters in single precision: weights from a normal distribution, biases from a uniform one.

        No bias is zero: where an image is empty the output is the bias alone, and ReLU has its kink at zero.
        """
        if not self.shapes:
            return ()
        weights, bias = self.shapes.values()
        terms = prod(weights[1:]) if len(weights) == 4 else weights[0]
        scale = 1 / sqrt(terms)
        drawn = rng.normal(0.0, self.gain * scale, weights), rng.uniform(-scale, scale, bias)
        return tuple(a.astype(np.float32) for a in drawn)


def convolution(name: str, inputs: int, outputs: int, taps: int, gain: float) -> Stage:
    """Return a convolution that keeps the image's size: `taps` × `taps` kernels, an odd number."""
    padding = taps // 2

    def forward(x: Array, w: Array, b: Array) -> Array:
        return conv2d(x, w, b, padding=padding)

    def vjp(x: Array, w: Array, b: Array) -> tuple[Array, Pullback]:
        return conv2d_vjp(x, w, b, padding=padding)

    shapes = {"kernels": (outputs, inputs, taps, taps), "bias": (outputs,)}
    return Stage(name, forward, vjp, shapes, gain)


def pooling(name: str) -> Stage:
    """Return a max-pooling that halves the image's size."""
    return Stage(name, lambda x: max_pool(x), lambda x: _unary(max_pool_vjp(x)))


def flattening(name: str) -> Stage:
    """Return the stage that makes a row of each sample."""
    return Stage(name, lambda x: flatten(x), lambda x: _unary(flatten_vjp(x)))


def dense(name: str, inputs: int, outputs: int, gain: float) -> Stage:
    """Return a linear layer of rows."""

    def vjp(x: Array, w: Array, b: Array) -> tuple[Array, Pullback]:
        return linear_vjp(x, w, b)

    return Stage(name, linear, vjp, {"weights": (inputs, outputs), "bias": (outputs,)}, gain)


def rectifier(name: str) -> Stage:
    """Return ReLU as a stage."""
    return Stage(name, lambda x: relu(x), lambda x: _unary(relu_vjp(x)))


def squashing(name: str) -> Stage:
    """Return the sigmoid as a stage."""
    return Stage(name, lambda x: sigmoid(x), lambda x: _unary(sigmoid_vjp(x)))


def _unary(linearised: tuple[Array, UnaryPullback]) -> tuple[Array, Pullback]:
    """Return a function of one array with its pullback in the form of a stage's."""
    y, pullback = linearised
    return y, lambda y_bar: (pullback(y_bar),)
