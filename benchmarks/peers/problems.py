"""The functions whose gradients every tool checks: the same NumPy code, at several sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.calibration.draw import Case
from benchmarks.calibration.families import Family
from derivations.fast import FAST_CONV2D
from derivations.linear import LINEAR
from derivations.network.recipes import RECIPES, Sizes
from gradcheck import Layer
from gradcheck.types import Array

BATCH = 8
FEATURES, HIDDEN, CLASSES = 784, 1_257, 10
"""Of a network with 999,325 parameters."""


@dataclass(frozen=True)
class Problem:
    """A family of functions at one size."""

    family: str
    size: int

    def __str__(self) -> str:
        """Return what the table calls it."""
        return WORDS[self.family].format(self.size)


def _dense(n: int) -> Case:
    rng = np.random.default_rng(0)
    primals = rng.standard_normal((BATCH, n)), rng.standard_normal((n, n)) / n**0.5, rng.standard_normal(n)
    return _case(LINEAR, primals)


def _convolution(pixels: int) -> Case:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 3, pixels, pixels)), rng.standard_normal((8, 3, 3, 3))
    return _case(FAST_CONV2D, (x, w, rng.standard_normal(8)), padding=1)


def _network(batch: int) -> Case:
    rng = np.random.default_rng(0)
    network = RECIPES["usual"].network(Sizes((1, 8, 8), CLASSES, (16, 32), 3))
    parameters = (parameter.astype(np.float64) for parameter in network.initial(rng))
    labels = rng.integers(CLASSES, size=batch)
    return _case(network.layer, (rng.random((batch, 1, 8, 8)), np.eye(CLASSES)[labels], *parameters))


def _loss(parameters: int) -> Case:
    """One hidden layer and softmax cross-entropy, as a function of one vector of all parameters."""
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((BATCH, FEATURES)), rng.integers(CLASSES, size=BATCH)
    first = FEATURES * HIDDEN
    theta = rng.standard_normal(first + HIDDEN + HIDDEN * CLASSES + CLASSES)
    assert abs(theta.size / parameters - 1) < 1e-2
    theta[:first] /= FEATURES**0.5
    theta[first + HIDDEN :] /= HIDDEN**0.5

    def unpacked(theta: Array) -> tuple[Array, Array, Array, Array]:
        w, b, v, c = np.split(theta, np.cumsum((first, HIDDEN, HIDDEN * CLASSES)))
        return w.reshape(FEATURES, HIDDEN), b, v.reshape(HIDDEN, CLASSES), c

    def loss(theta: Array) -> Any:
        w, b, v, c = unpacked(theta)
        z = np.tanh(x @ w + b) @ v + c
        z = z - z.max(axis=1, keepdims=True)
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(BATCH), labels]).mean()

    def backward(c_bar: Array, theta: Array) -> Array:
        w, b, v, c = unpacked(theta)
        h = np.tanh(x @ w + b)
        z = h @ v + c
        p = np.exp(z - z.max(axis=1, keepdims=True))
        z_bar = c_bar / BATCH * (p / p.sum(axis=1, keepdims=True) - np.eye(CLASSES)[labels])
        a_bar = z_bar @ v.T * (1 - h**2)
        bars = x.T @ a_bar, a_bar.sum(axis=0), h.T @ z_bar, z_bar.sum(axis=0)
        return np.concatenate([bar.ravel() for bar in bars])

    return _case(Layer.from_backward(loss, backward, shapes={"theta": "n"}), (theta,))


def _case(layer: Layer, primals: tuple[Array, ...], **options: Any) -> Case:
    return Case(0, Family(layer), "ordinary", primals, options)


_MAKERS: Mapping[str, Callable[[int], Case]] = {
    "dense": _dense,
    "convolution": _convolution,
    "network": _network,
    "loss": _loss,
}
WORDS = {
    "dense": "dense layer, n = {}",
    "convolution": "convolution, {0} × {0} pixels",
    "network": "convolutional network, {} images",
    "loss": "loss of {} parameters",
}
FULL = (
    *(Problem("dense", n) for n in (4, 64, 256, 1024, 4096)),
    *(Problem("convolution", n) for n in (8, 32, 128)),
    Problem("network", 16),
    Problem("loss", 1_000_000),
)
QUICK = (Problem("dense", 4), Problem("dense", 64), Problem("convolution", 8), Problem("network", 4))


@lru_cache(maxsize=1)
def case(problem: Problem) -> Case:
    """Return a problem's layer at its point, always the same."""
    return _MAKERS[problem.family](problem.size)


def active(drawn: Case) -> tuple[int, ...]:
    """Return the positions of the inputs that have a derivative."""
    names = drawn.layer.input_names(len(drawn.primals))
    return tuple(i for i, name in enumerate(names) if name not in drawn.layer.constants)
