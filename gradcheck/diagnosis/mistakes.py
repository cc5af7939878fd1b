"""What common mistakes would have given: each a Jacobian to compare the derived one with.

A mistake has a key that does not depend on the example's sizes, so that it can be asked for in
several examples; only what explains them all is a cause.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial
from itertools import combinations
from math import prod, sqrt
from typing import Any, TypeAlias

import numpy as np

from gradcheck.diagnosis.arrangements import Amounts, Arrangement, Key, along, moved, turned
from gradcheck.diagnosis.elsewhere import measured_elsewhere
from gradcheck.diagnosis.specimen import Specimen, told
from gradcheck.types import Array

Mistake: TypeAlias = tuple[Key, Array | None, Array | float]
"""What it is, the Jacobian that it predicts, and how far off measurement may leave the prediction.

The prediction is None where it is known to be wrong; NaN in it stands for anything.
"""
Derived: TypeAlias = tuple[Key, Array]

FACTORS = {2.0: "twice", 0.5: "half", -2.0: "minus twice", 3.0: "three times", 4.0: "four times"}


def mistakes(specimen: Specimen, refuted: Container[Key]) -> Iterator[Mistake]:
    """Yield predictions of the derived Jacobian, those that need no measurement first.

    Of those that do, the ones that have been `refuted` elsewhere are left out.
    """
    for key, prediction in computed(specimen):
        yield key, prediction, 0.0
    for key, measured in measured_elsewhere(specimen, refuted):
        yield (key, None, 0.0) if measured is None else (key, measured.value, measured.error)


def computed(specimen: Specimen) -> Iterator[Derived]:
    """Yield the predictions that need no measurement."""
    for family in (_scaled, _rearranged, _slices, _sums, _terms):
        yield from family(specimen)


def _scaled(s: Specimen) -> Iterator[Derived]:
    J = s.measured.value
    yield ("zero",), np.zeros_like(J)
    yield ("sign",), -J
    for factor in FACTORS:
        yield ("factor", factor), factor * J
    sizes: dict[Key, float] = {("input", "all"): prod(s.shape)}
    for axes in _subsets(s.y.ndim):
        sizes["output", "all" if len(axes) == s.y.ndim else axes] = prod(s.y.shape[axis] for axis in axes)
    for name, x in zip(s.trial.names, s.trial.primals, strict=True):
        sizes |= {(name, (axis,)): size for axis, size in enumerate(x.shape)}
        sizes |= {(name, (axis,), "root"): sqrt(size) for axis, size in enumerate(x.shape)}
    for name, option in s.trial.options.items():
        sizes |= {(name, power): size for power, size in _powers(option)}
    for whose, size in sizes.items():
        if size > 0:
            yield ("times size", *whose), size * J
            yield ("divided by size", *whose), J / size
    scale = float(np.vdot(J, J))
    if scale > 0.0:
        c = float(np.vdot(J, s.derived)) / scale
        yield ("constant", float(f"{c:.6g}")), c * J


def _powers(option: Any) -> Iterator[tuple[str, float]]:
    """Yield the number of places of a window of this size, or these sizes; or a rate and what it leaves."""
    if type(option) is int:
        yield from (("value", option), ("square", option**2))
    elif isinstance(option, tuple) and option and all(type(n) is int for n in option):
        yield "square", prod(option)
    elif type(option) is float and 0.0 < option < 1.0:
        yield from (("value", option), ("complement", 1.0 - option))


def _subsets(ndim: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, ndim + 1):
        yield from combinations(range(ndim), count)


def _rearranged(s: Specimen) -> Iterator[Derived]:
    """Rearrange the input's axes, then the output's; what comes in at an edge may be anything."""
    J, outputs = s.measured.value, s.y.ndim
    for what, first, shape in (("entries", outputs, s.shape), ("cotangent", 0, s.y.shape)):
        for key, arranged in (*turned(shape), *moved(shape, np.nan, _amounts(s)), *_regrouped(s, shape)):
            prediction = along(J, first, len(shape), arranged)
            if told(prediction):
                yield (what, *key), prediction


def _amounts(s: Specimen) -> dict[str, Amounts]:
    """Return by how much things may be shifted.

    That is one; an option that may be 0, as a padding may; or what is lost at an edge to another
    input of the same number of axes, as to a kernel: its size less one.
    """
    amounts: dict[str, Amounts] = {"1": 1}
    for name, swept in s.trial.layer.options.items():
        value: Any = s.trial.options.get(name)
        pair = isinstance(value, tuple) and len(value) == 2 and all(type(n) is int for n in value)
        if 0 in swept and (pair or type(value) is int):
            amounts[name] = value
    for i, (name, x) in enumerate(zip(s.trial.names, s.trial.primals, strict=True)):
        if i != s.block and x.ndim == len(s.shape) >= 2:
            amounts[f"(size of {name} − 1)"] = (max(x.shape[-2] - 1, 0), max(x.shape[-1] - 1, 0))
    return amounts


def _regrouped(s: Specimen, shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield the entries of an axis that is divided into groups in the order of one of each group."""
    for name, groups in s.trial.options.items():
        for axis, size in enumerate(shape):
            if type(groups) is int and groups > 0 and size % groups == 0:
                order = np.arange(size).reshape(groups, -1).T.ravel()
                for how, places in (("dealt", order), ("gathered", np.argsort(order))):
                    yield (how, name, axis - len(shape)), partial(np.take, indices=places, axis=axis)


def _slices(s: Specimen) -> Iterator[Derived]:
    """Keep the contribution of one slice of the output, or of one place where several meet, or their mean."""
    J, outputs = s.measured.value, s.y.ndim
    for axis in range(outputs):
        for which, k in (("first", 0), ("last", J.shape[axis] - 1)):
            kept = np.zeros_like(J)
            index = (*(slice(None) for _ in range(axis)), k)
            kept[index] = J[index]
            yield ("slice", axis - outputs, which), kept
    inputs = int(np.prod(s.shape))
    flat = J.reshape(-1, inputs)
    for which in ("first", "last"):
        yield ("assigned", which), _one_row(flat, which).reshape(J.shape)
        if outputs > 2:
            places = int(np.prod(J.shape[outputs - 2 : outputs]))
            grouped = J.reshape(-1, places, inputs)
            yield ("assigned", which), _one_place(grouped, which).reshape(J.shape)
    yield ("mean",), (flat / np.maximum(np.count_nonzero(flat, axis=0), 1)).reshape(J.shape)


def _one_row(flat: Array, which: str) -> Array:
    rows = np.arange(len(flat))[:, None]
    touched = flat != 0
    chosen = np.where(touched, rows, -1 if which == "last" else len(flat))
    keep = rows == (chosen.max(axis=0) if which == "last" else chosen.min(axis=0))
    return np.where(keep, flat, 0.0)


def _one_place(grouped: Array, which: str) -> Array:
    places = np.arange(grouped.shape[1])[None, :, None]
    touched = (grouped != 0).any(axis=0, keepdims=True)
    chosen = np.where(touched, places, -1 if which == "last" else grouped.shape[1])
    keep = places == (
        chosen.max(axis=1, keepdims=True) if which == "last" else chosen.min(axis=1, keepdims=True)
    )
    return np.where(keep, grouped, 0.0)


def _sums(s: Specimen) -> Iterator[Derived]:
    """Add up or average over an axis of the input, or average the cotangent."""
    J, outputs = s.measured.value, s.y.ndim
    for first, count, what in ((outputs, len(s.shape), "entries"), (0, outputs, "cotangent")):
        for axis in range(first, first + count):
            if J.shape[axis] > 1:
                whole = np.broadcast_to(J.sum(axis=axis, keepdims=True), J.shape)
                yield ("summed", what, axis - first - count), whole
                yield ("averaged", what, axis - first - count), whole / J.shape[axis]


def _terms(s: Specimen) -> Iterator[Derived]:
    """Keep the diagonal, transpose, or keep what the derived Jacobian has of the measured one's terms."""
    J = s.measured.value
    if s.y.shape == s.shape and s.y.size > 1:
        flat = J.reshape(s.y.size, s.y.size)
        yield ("diagonal",), np.diag(np.diag(flat)).reshape(J.shape)
        yield ("not transposed",), flat.T.reshape(J.shape)
    present = np.abs(s.derived) > s.allowed
    if present.any():
        yield ("terms missing",), np.where(present, J, 0.0)
    yield ("terms added",), np.where(np.abs(J) > s.allowed, J, s.derived)
    yield ("float32",), J.astype(np.float32).astype(np.float64)
