"""Smooth functions with derivatives in closed form, at every scale: what the numerical tests compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck.types import Rng


def gaussian(u):
    return np.exp(-u * u)


def runge(u):
    return 1 / (1 + u * u)


SHAPES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "cubic": (lambda u: u * u * u - u, lambda u: 3 * u * u - 1),
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) * np.tanh(u)),
    "runge": (runge, lambda u: -2 * u * runge(u) * runge(u)),
    "gaussian": (gaussian, lambda u: -2 * u * gaussian(u)),
    "root": (lambda u: np.sqrt(1 + u * u), lambda u: u / np.sqrt(1 + u * u)),
    "wave": (lambda u: np.sin(7 * u) + u, lambda u: 7 * np.cos(7 * u) + 1),
}
"""φ and φ′ over dimensionless u; both keep the precision of their argument."""


@dataclass(frozen=True)
class Scaled:
    """f(x) = height · φ(x / width)."""

    shape: str
    width: float
    height: float

    def f(self, x):
        """Return f(x) in the precision of x."""
        return SHAPES[self.shape][0](x / self.width) * self.height

    def slope(self, x):
        """Return f′(x) in the precision of x."""
        return SHAPES[self.shape][1](x / self.width) * (self.height / self.width)

    def layer(self, factor: float = 1.0) -> Layer:
        """Return f as a layer whose derived derivative is `factor` times the right one."""

        def vjp(x):
            return self.f(x), lambda y_bar: factor * self.slope(x) * y_bar

        return Layer(self.f, vjp, name=self.shape)


def scaled(rng: Rng, decades: float = 8.0) -> Scaled:
    """Return a random function, its width and height anywhere within 10^±decades."""
    width, height = 10.0 ** rng.uniform(-decades, decades, 2)
    return Scaled(str(rng.choice(list(SHAPES))), float(width), float(height))
