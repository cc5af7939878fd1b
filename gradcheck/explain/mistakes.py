"""What common mistakes would have given: each a Jacobian to compare the derived one with.

A mistake has a key that does not depend on the example's sizes, so that it can be asked for in
several examples; only what explains them all is a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.explain.specimen import Jacobian, Specimen, jacobian
from gradcheck.trial import Trial
from gradcheck.types import Array

Key: TypeAlias = tuple[Any, ...]
Mistake: TypeAlias = tuple[Key, Array, Array | float]
"""What it is, the Jacobian that it predicts, and how far off measurement may leave the prediction."""
Derived: TypeAlias = tuple[Key, Array]
Measured: TypeAlias = tuple[Key, Jacobian]
Arrangement: TypeAlias = tuple[Key, Callable[[Array], Array]]

FACTORS = {2.0: "twice", 0.5: "half", -2.0: "minus twice", 3.0: "three times", 4.0: "four times"}


def mistakes(specimen: Specimen) -> Iterator[Mistake]:
    """Yield predictions of the derived Jacobian, the simplest mistakes first."""
    for family in (_scaled, _rearranged, _slices, _sums, _terms):
        for key, prediction in family(specimen):
            yield key, prediction, 0.0
    for elsewhere in (_other_input, _elsewhere, _options):
        for key, measured in elsewhere(specimen):
            yield key, measured.value, measured.error


def _scaled(s: Specimen) -> Iterator[Derived]:
    J = s.measured.value
    yield ("zero",), np.zeros_like(J)
    yield ("sign",), -J
    for factor in FACTORS:
        yield ("factor", factor), factor * J
    y_shape, x_shape = J.shape[: s.y.ndim], s.shape
    sizes: dict[Key, int] = {("output", "all"): s.y.size, ("input", "all"): int(np.prod(x_shape))}
    sizes |= {("output", axis): size for axis, size in enumerate(y_shape)}
    for i, name in enumerate(s.trial.names):
        sizes |= {(name, axis): size for axis, size in enumerate(s.trial.primals[i].shape)}
    for whose, size in sizes.items():
        if size > 1:
            yield ("times size", *whose), size * J
            yield ("divided by size", *whose), J / size
    scale = float(np.vdot(J, J))
    if scale > 0.0:
        c = float(np.vdot(J, s.derived)) / scale
        yield ("constant", float(f"{c:.6g}")), c * J


def _other_input(s: Specimen) -> Iterator[Measured]:
    for other in s.trial.active:
        if other != s.block and s.trial.primals[other].shape == s.shape:
            found = _measured(s.trial, other)
            if found is not None:
                yield ("input", s.trial.names[other]), found


def _rearranged(s: Specimen) -> Iterator[Derived]:
    """Rearrange the input's axes, then the output's."""
    J, outputs = s.measured.value, s.y.ndim
    for what, first, shape in (("entries", outputs, s.shape), ("cotangent", 0, J.shape[:outputs])):
        for key, arranged in arrangements(len(shape), shape):
            yield (what, *key), _along(J, first, len(shape), arranged)


def arrangements(ndim: int, shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield transpositions, flips and shifts of an array of this shape, named by axes from the end."""
    for i, j in combinations(range(ndim), 2):
        if shape[i] == shape[j] > 1:
            yield ("transposed", i - ndim, j - ndim), partial(np.swapaxes, axis1=i, axis2=j)
    axes = [axis for axis in range(ndim) if shape[axis] > 1]
    for count in range(1, len(axes) + 1):
        for flipped in combinations(axes, count):
            yield ("flipped", *(a - ndim for a in flipped)), partial(np.flip, axis=flipped)
    for axis in axes:
        for by in (1, -1):
            yield ("shifted", axis - ndim, by), partial(_shifted, axis=axis, by=by)
            yield ("rolled", axis - ndim, by), partial(np.roll, shift=by, axis=axis)


def _shifted(a: Array, axis: int, by: int) -> Array:
    moved = np.roll(a, by, axis)
    edge = [slice(None)] * a.ndim
    edge[axis] = slice(0, 1) if by > 0 else slice(-1, None)
    moved[tuple(edge)] = 0
    return moved


def _along(J: Array, first: int, count: int, arranged: Callable[[Array], Array]) -> Array:
    """Apply a function of `count` leading axes to the axes of J from `first` on."""
    order = [*range(first, first + count), *(a for a in range(J.ndim) if not first <= a < first + count)]
    moved = arranged(np.transpose(J, order))
    return np.transpose(moved, np.argsort(order))


def _slices(s: Specimen) -> Iterator[Derived]:
    """Keep the contribution of one slice of the output, or of the last place where several meet."""
    J, outputs = s.measured.value, s.y.ndim
    for axis in range(outputs):
        size = J.shape[axis]
        for which, k in (("first", 0), ("last", size - 1)):
            if size > 1:
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
    """Keep the diagonal, or whatever the derived Jacobian has of the measured one's terms."""
    J = s.measured.value
    if s.y.shape == s.shape and s.y.size > 1:
        flat = J.reshape(s.y.size, s.y.size)
        yield ("diagonal",), np.diag(np.diag(flat)).reshape(J.shape)
    present = np.abs(s.derived) > s.allowed
    if present.any():
        yield ("terms missing",), np.where(present, J, 0.0)
    yield ("terms added",), np.where(np.abs(J) > s.allowed, J, s.derived)
    yield ("float32",), J.astype(np.float32).astype(np.float64)


def _elsewhere(s: Specimen) -> Iterator[Measured]:
    """Differentiate at another point: at the output, or with an input transposed, flipped, negated."""
    trial = s.trial
    if s.y.shape == s.shape:
        yield from _at(trial.replaced(s.block, s.y.astype(trial.primals[s.block].dtype)), s, ("at output",))
    for i, (name, x) in enumerate(zip(trial.names, trial.primals, strict=True)):
        if i not in trial.active or x.size == 0:
            continue
        paired = trial.inputs.leaves[i].slot.paired
        shape = x.shape[:-1] if paired else x.shape
        for key, arranged in arrangements(len(shape), shape):
            if key[0] in ("transposed", "flipped"):
                yield from _at(trial.replaced(i, arranged(x).copy()), s, ("with", name, *key))
        changes: dict[str, Array] = {"negated": -x, "zero": np.zeros_like(x), "of ones": np.ones_like(x)}
        if paired:
            changes = {"conjugated": x * np.array([1, -1], x.dtype)}
        for change, value in changes.items():
            yield from _at(trial.replaced(i, value), s, ("with", name, change))


def _options(s: Specimen) -> Iterator[Measured]:
    for name, swept in s.trial.layer.options.items():
        for value in swept:
            if repr(value) != repr(s.trial.options.get(name)):
                changed = replace(s.trial, options={**s.trial.options, name: value})
                yield from _at(changed, s, ("option", name, repr(value)))


def _at(trial: Trial, s: Specimen, key: Key) -> Iterator[Measured]:
    found = _measured(trial, s.block)
    if found is not None:
        yield key, found


def _measured(trial: Trial, block: int) -> Jacobian | None:
    try:
        trial.stay_inside()
        found = jacobian(trial, block)
    except (LayerRaised, BrokenContract, CannotVerify):
        return None
    return found if found is not None and found.settled else None
