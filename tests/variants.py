"""Two transformations of a `Layer` that keep a right gradient right and a wrong one wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from gradcheck import Layer

SMALL, LARGE = 2.0**-27, 2.0**27
"""About 1e-8 and 1e8; powers of two scale without rounding, so that `traits` go on to hold bit for bit."""


def as_float32(layer: Layer) -> Layer:
    """Return the same layer with inputs drawn in single precision."""
    cases = layer.cases
    if cases is not None:
        strategy = cases() if callable(cases) else cases
        cases = strategy.map(lambda drawn: (tuple(map(_single, drawn[0])), drawn[1]))
    return replace(layer, name=f"{layer.name} as float32", dtype="float32", cases=cases)


def scaled(layer: Layer, s: float) -> Layer:
    """Return the layer whose output is `s` times the old one: forward, VJP and oracle alike."""
    return replace(
        layer,
        name=f"{layer.name} times {s:.2g}",
        forward=_scaled_forward(layer.forward, s),
        vjp=_scaled_vjp(layer.vjp, s),
        oracle=None if layer.oracle is None else _scaled_vjp(layer.oracle, s),
    )


def _scaled_forward(forward: Callable[..., Any], s: float) -> Callable[..., Any]:
    @wraps(forward)  # for its parameters' names, by which `constants` are known
    def scaled_forward(*primals: Any, **options: Any) -> Any:
        return _times(s, forward(*primals, **options))

    return scaled_forward


def _scaled_vjp(vjp: Callable[..., Any], s: float) -> Callable[..., Any]:
    def scaled_vjp(*primals: Any, **options: Any) -> Any:
        y, pullback = vjp(*primals, **options)
        if pullback is None:  # an oracle without a derivative
            return _times(s, y), None
        return _times(s, y), lambda y_bar: pullback(_times(s, y_bar))

    return scaled_vjp


def _times(s: float, a: Any) -> Any:
    """Return `s·a` in the dtype of `a`, an array or a number."""
    return a * s if isinstance(a, float) else np.multiply(a, s, dtype=a.dtype)


def _single(primal: Any) -> Any:
    is_float = isinstance(primal, np.ndarray) and primal.dtype.kind == "f"
    return primal.astype(np.float32) if is_float else primal
