"""`Pair`: a layer at a point as plain functions of its differentiable inputs, the same for every peer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.draw import Case
from gradcheck import Layer
from gradcheck.types import Array


@dataclass(frozen=True)
class Pair:
    """A NumPy forward and backward, with constants and options filled in.

    Parameters
    ----------
    layer
        Whose functions are called; its gradient may have a planted fault.
    case
        Where.
    active
        The positions of the inputs that have a derivative.
    seed
        For a peer that draws random directions from a generator that can be seeded.
    """

    layer: Layer
    case: Case
    active: tuple[int, ...]
    seed: int

    @property
    def primals(self) -> tuple[Array, ...]:
        """The differentiable inputs, as copies."""
        return tuple(self.case.primals[i].copy() for i in self.active)

    def forward(self, *xs: Array) -> Array:
        """Return y as an array of its own."""
        return np.array(self.layer.forward(*self._filled(xs), **self.case.options), dtype=np.float64)

    def cotangents(self, y_bar: Array, *xs: Array) -> tuple[Array, ...]:
        """Return one cotangent for each differentiable input."""
        _, pullback = self.layer.vjp(*self._filled(xs), **self.case.options)
        bars = pullback(np.array(y_bar, dtype=np.float64)[()])
        bars = bars if isinstance(bars, tuple | list) else (bars,)
        return tuple(
            np.array(bars[i], dtype=np.float64).reshape(self.case.primals[i].shape) for i in self.active
        )

    def _filled(self, xs: tuple[Array, ...]) -> list[Array]:
        filled = list(self.case.primals)
        for i, x in zip(self.active, xs, strict=True):
            filled[i] = np.array(x, dtype=np.float64)
        return filled
