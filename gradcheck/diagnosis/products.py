"""Mistakes that multiply every entry by something of its own: the input, the output, another input."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcheck._util import widen
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen, is_informative
from gradcheck.types import Array

OTHERS = 8
"""So many other inputs are tried as factors: a layer may have hundreds."""


def products(s: Specimen) -> Iterator[tuple[MistakeKey, Array]]:
    """Multiply or divide the Jacobian by numbers of each output, or of each entry of the input."""
    J = s.measured.value
    for name, values in _of_outputs(s):
        rows = values.reshape((*s.y.shape, *(1 for _ in s.shape)))
        yield from _both(("output", name), J, rows)
    for name, values in _of_entries(s):
        yield from _both(("input", name), J, values)
    yield ("squared",), J * np.abs(J)
    yield ("squared", "even"), J * J
    yield ("absolute",), np.abs(J)
    yield from _inverses(s)


def _both(key: MistakeKey, J: Array, values: Array) -> Iterator[tuple[MistakeKey, Array]]:
    yield ("multiplied", *key), J * values
    without = np.where(values == 0.0, np.nan, J / np.where(values == 0.0, 1.0, values))
    if is_informative(without):
        yield ("not multiplied", *key), without


def _of_outputs(s: Specimen) -> Iterator[tuple[str, Array]]:
    y = s.y
    yield "y", y
    yield "1 − y", 1.0 - y
    yield "1 + y", 1.0 + y
    yield "y (1 − y)", y * (1.0 - y)
    yield "y²", y * y
    if not s.nested:
        yield from ((name, values) for name, values in _others(s, y.shape) if values.size > 1 or y.size == 1)


def _of_entries(s: Specimen) -> Iterator[tuple[str, Array]]:
    if s.own_shape != s.shape:
        return
    name, x = s.trial.names[s.argnum], widen(s.trial.primals[s.argnum])
    yield name, x
    yield f"{name}²", np.square(x)
    yield f"|{name}|", np.abs(x)
    yield f"exp({name})", np.exp(x)
    yield from _others(s, s.shape)
    if s.y.shape == s.shape:
        yield "y", s.y


def _others(s: Specimen, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Yield other inputs, broadcast to a shape."""
    others = [i for i in range(len(s.trial.primals)) if i != s.argnum][:OTHERS]
    for i in others:
        x = s.trial.primals[i]
        fits = x.ndim <= len(shape) and all(
            a in (1, b) for a, b in zip(x.shape[::-1], shape[::-1], strict=False)
        )
        if fits and x.dtype.kind == "f" and not s.trial.inputs.leaves[i].slot.is_complex:
            yield s.trial.names[i], np.broadcast_to(widen(x), shape)


def _inverses(s: Specimen) -> Iterator[tuple[MistakeKey, Array]]:
    """Take the reciprocal of every entry, or the inverse of the Jacobian as a matrix."""
    J = s.measured.value
    zero = np.abs(J) <= s.allowed
    yield ("reciprocal",), np.where(zero, J, 1.0 / np.where(zero, 1.0, J))
    if s.y.size == int(np.prod(s.shape)) > 1:
        flat = J.reshape(s.y.size, s.y.size)
        if np.linalg.cond(flat) < 1e6:
            yield ("inverse",), np.linalg.inv(flat).T.reshape(J.shape)
