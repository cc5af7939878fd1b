"""Two transformations of a `Layer` that keep a right gradient right and a wrong one wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck._util.tree import map_leaves

SMALL, LARGE = 2.0**-27, 2.0**27
"""About 1e-8 and 1e8; powers of two scale without rounding, so that `traits` go on to hold bit for bit."""


def as_float32(layer: Layer) -> Layer:
    """Return the same layer with inputs drawn in single precision."""
    cases = layer.cases
    if cases is not None:
        strategy = cases() if callable(cases) else cases
        cases = strategy.map(lambda drawn: (tuple(map(_single, drawn[0])), drawn[1]))
    named = isinstance(layer.dtype, Mapping)
    dtype = {n: _NARROW.get(d, d) for n, d in layer.dtype.items()} if named else _NARROW[layer.dtype]
    if named:
        dtype = {**dict.fromkeys(layer.shapes, "float32"), **dtype}
    return replace(layer, name=f"{layer.name} as float32", dtype=dtype, cases=cases)


_NARROW = {"float64": "float32", "float32": "float32", "complex128": "complex64", "complex64": "complex64"}


def scaled(layer: Layer, s: float) -> Layer:
    """Return the layer whose output is `s` times the old one: forward, VJP, JVP and oracle alike.

    The object behind it, if there is one, is left out: its output cannot be scaled.
    """
    return replace(
        layer,
        name=f"{layer.name} times {s:.2g}",
        forward=_scaled_forward(layer.forward, s),
        vjp=_scaled_vjp(layer.vjp, s),
        oracle=None if layer.oracle is None else _scaled_vjp(layer.oracle, s),
        jvp=None if layer.jvp is None else _scaled_jvp(layer.jvp, s),
        module=None,
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


def _scaled_jvp(jvp: Callable[..., Any], s: float) -> Callable[..., Any]:
    def scaled_jvp(primals: Any, tangents: Any, **options: Any) -> Any:
        y, y_dot = jvp(primals, tangents, **options)
        return _times(s, y), _times(s, y_dot)

    return scaled_jvp


def _times(s: float, tree: Any) -> Any:
    """Return `s·a` for every array or number `a` of a tree, in its dtype; integers stay as they are."""

    def times(a: Any) -> Any:
        if a is None or np.asarray(a).dtype.kind == "i":
            return a
        return a * s if isinstance(a, float) else np.multiply(a, s, dtype=a.dtype)

    return map_leaves(tree, times)


def _single(primal: Any) -> Any:
    is_float = isinstance(primal, np.ndarray) and primal.dtype.kind == "f"
    return primal.astype(np.float32) if is_float else primal
