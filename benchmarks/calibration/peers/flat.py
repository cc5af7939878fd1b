"""⟨ȳ, f⟩ as a function of one flat vector, as checkers of scalar functions want it, and a rule for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.peers.pair import Pair
from gradcheck.types import Array

ALLOWED = 1e-6
"""Of a difference from the derived gradient in norm, relative to that: they leave it to the caller."""


@dataclass(frozen=True)
class Flat:
    """The value, the derived gradient, and the point."""

    value: Callable[[Array], float]
    gradient: Callable[[Array], Array]
    start: Array

    @classmethod
    def of(cls, pair: Pair) -> Flat:
        """Take a random cotangent of the output, and string all inputs together."""
        primals = pair.primals
        rng = np.random.default_rng(pair.seed)
        y_bar = rng.standard_normal(pair.forward(*primals).shape)
        ends = np.cumsum([x.size for x in primals])[:-1]

        def inputs(flat: Array) -> list[Array]:
            parts = np.split(flat, ends)
            return [part.reshape(x.shape) for part, x in zip(parts, primals, strict=True)]

        def value(flat: Array) -> float:
            return float(np.sum(y_bar * pair.forward(*inputs(flat))))

        def gradient(flat: Array) -> Array:
            return np.concatenate([bar.ravel() for bar in pair.cotangents(y_bar, *inputs(flat))])

        return cls(value, gradient, np.concatenate([x.ravel() for x in primals]))
