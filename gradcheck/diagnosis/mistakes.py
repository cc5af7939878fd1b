"""What common mistakes would have given: each a Jacobian to compare the derived one with.

A mistake has a key that does not depend on the example's sizes, so that it can be asked for in
several examples; only what explains them all is a cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from gradcheck.diagnosis.arrangements import (
    Amounts,
    Arrangement,
    MistakeKey,
    apply_along,
    reorder,
    shifts_and_rolls,
    transpositions_and_flips,
)
from gradcheck.diagnosis.contributions import contributions
from gradcheck.diagnosis.products import products
from gradcheck.diagnosis.remainders import remainders
from gradcheck.diagnosis.scalings import partial_scalings, scalings, subsets
from gradcheck.diagnosis.specimen import Specimen, is_informative
from gradcheck.diagnosis.statistics import statistics
from gradcheck.types import Array

Prediction: TypeAlias = tuple[MistakeKey, Array | None]
"""What a mistake is, and the Jacobian that it predicts.

The prediction is None where it is known to be wrong; NaN in it stands for anything.
"""
MOVES = {"rolled", "shifted"}
BACK = {"interleaved": "deinterleaved", "deinterleaved": "interleaved"}
"""What is done to the cotangent of the output undoes what is done to the Jacobian's rows."""


def predict(specimen: Specimen) -> Iterator[Prediction]:
    """Yield the predictions that need no measurement."""
    families = (scalings, _rearrangements, contributions, _sums, _terms, products, _triangles, statistics)
    for family in (*families, remainders, partial_scalings):
        yield from family(specimen)


def _rearrangements(s: Specimen) -> Iterator[Prediction]:
    """Rearrange the input's axes, then the output's; what comes in at an edge may be anything."""
    J, outputs = s.measured.value, s.y.ndim
    for what, first, shape in (("entries", outputs, s.own_shape), ("cotangent", 0, s.output_shape)):
        ways = (
            *transpositions_and_flips(shape),
            *reorder(shape),
            *shifts_and_rolls(shape, np.nan, _amounts(s)),
            *_regroupings(s, shape),
        )
        for key, arrange in ways:
            prediction = apply_along(J, first, len(shape), arrange)
            if is_informative(prediction):
                yield (what, *(key if what == "entries" else _undone(key))), prediction
    if s.own_shape != s.shape:
        yield ("entries", "conjugated"), J * np.array([1.0, -1.0])
    if s.is_complex:
        rows = np.array([1.0, -1.0]).reshape((2, *(1 for _ in s.shape)))
        yield ("cotangent", "conjugated"), J * rows


def _undone(key: MistakeKey) -> MistakeKey:
    """Return what the cotangent of the output undergoes where the Jacobian's rows are so arranged."""
    how, *details = key
    if how in MOVES:
        by, *axes = details
        return (how, "-+"[by[0] == "-"] + by[1:], *axes)
    return (BACK.get(how, how), *details)


def _amounts(s: Specimen) -> dict[str, Amounts]:
    """Return by how much things may be shifted.

    That is one; an option that is a small number, as a padding is, or one of it; or what is lost at
    an edge to another input of the same number of axes, as to a kernel: its size less one.
    """
    amounts: dict[str, Amounts] = {"1": 1}
    for name, value in s.trial.options.items():
        pair = isinstance(value, tuple) and len(value) == 2 and all(type(n) is int for n in value)
        if 0 in s.trial.layer.options.get(name, (0,)) and (pair or type(value) is int):
            amounts[name] = value
            amounts[f"1 of {name}"] = tuple(min(n, 1) for n in value) if pair else min(value, 1)
    for i, (name, x) in enumerate(zip(s.trial.names, s.trial.primals, strict=True)):
        if i != s.argnum and x.ndim == len(s.shape) >= 2:
            amounts[f"(size of {name} − 1)"] = (max(x.shape[-2] - 1, 0), max(x.shape[-1] - 1, 0))
    return amounts


def _regroupings(s: Specimen, shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield the entries of an axis that is divided into groups in the order of one of each group."""
    for name, groups in s.trial.options.items():
        for axis, size in enumerate(shape):
            if type(groups) is int and groups > 0 and size % groups == 0:
                order = np.arange(size).reshape(groups, -1).T.ravel()
                for how, places in (("interleaved", order), ("deinterleaved", np.argsort(order))):
                    yield (how, name, axis - len(shape)), partial(np.take, indices=places, axis=axis)


def _sums(s: Specimen) -> Iterator[Prediction]:
    """Add up or average over axes of the input, or average the cotangent."""
    J, outputs = s.measured.value, s.y.ndim
    for first, count, what in ((outputs, len(s.own_shape), "entries"), (0, len(s.output_shape), "cotangent")):
        for axes in subsets(count):
            places = tuple(first + axis for axis in axes)
            size = int(np.prod([J.shape[place] for place in places]))
            if size > 1 and (len(axes) == 1 or len(axes) == count):
                whole = np.broadcast_to(J.sum(axis=places, keepdims=True), J.shape)
                named = tuple(axis - count for axis in axes)
                yield ("summed", what, *named), whole
                yield ("averaged", what, *named), whole / size


def _terms(s: Specimen) -> Iterator[Prediction]:
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


def _triangles(s: Specimen) -> Iterator[Prediction]:
    """Symmetrise a square input's entries, or keep those of one triangle."""
    if len(s.own_shape) < 2 or s.own_shape != s.shape or s.shape[-1] != s.shape[-2]:
        return
    J = s.measured.value
    mirrored = np.swapaxes(J, -1, -2)
    diagonal = J * np.eye(s.shape[-1])
    yield ("symmetrised", "mean"), (J + mirrored) / 2.0
    yield ("symmetrised", "sum"), J + mirrored
    yield ("symmetrised", "off the diagonal"), J + mirrored - diagonal
    for which, part in (("lower", np.tril), ("upper", np.triu)):
        yield ("triangle", which), part(J)
        folded: Any = part(J + mirrored - diagonal)
        yield ("folded", which), folded
