"""Mistakes where several outputs depend on one entry: some are left out, counted twice, or averaged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.types import Array


def contributions(s: Specimen) -> Iterator[tuple[MistakeKey, Array]]:
    """Keep one slice of the output or drop it, keep one place where several meet, average or count them."""
    yield from _slices(s)
    yield from _over_other_axes(s)
    J, outputs = s.measured.value, s.y.ndim
    inputs = int(np.prod(s.shape))
    flat = J.reshape(-1, inputs)
    for which in ("first", "last"):
        yield ("assigned", which), _one_row(flat, which).reshape(J.shape)
        if outputs > 2:
            places = int(np.prod(J.shape[outputs - 2 : outputs]))
            grouped = J.reshape(-1, places, inputs)
            yield ("assigned", which), _one_place(grouped, which).reshape(J.shape)
    counts = np.maximum(np.count_nonzero(flat, axis=0), 1)
    yield ("mean",), (flat / counts).reshape(J.shape)
    yield ("counted",), (flat * counts).reshape(J.shape)


def _slices(s: Specimen) -> Iterator[tuple[MistakeKey, Array]]:
    J, ndim = s.measured.value, len(s.output_shape)
    for axis in range(ndim):
        for which, k in (("first", 0), ("last", J.shape[axis] - 1)):
            kept = np.zeros_like(J)
            index = (*(slice(None) for _ in range(axis)), k)
            kept[index] = J[index]
            yield ("slice", axis - ndim, which), kept
            yield ("dropped", axis - ndim, which), J - kept


def _over_other_axes(s: Specimen) -> Iterator[tuple[MistakeKey, Array]]:
    """Sum over an axis of the output that an axis of the input runs along, and keep another one in its place.

    A bias of a square batch whose cotangent is summed over axis 1 still has the right shape.
    """
    J, ndim = s.measured.value, len(s.output_shape)
    along = {axis: kept for axis in range(len(s.own_shape)) for kept in _axes_along(s, axis)}
    for axis, kept in along.items():
        size = s.own_shape[axis]
        diagonal = np.diagonal(J, axis1=kept, axis2=s.y.ndim + axis)
        values = np.expand_dims(np.moveaxis(diagonal, -1, kept), s.y.ndim + axis)
        for other in range(ndim):
            if other not in along.values() and s.output_shape[other] == size:
                places = np.ones(J.ndim, int)
                places[[other, s.y.ndim + axis]] = size
                yield ("over other axis", kept - ndim, other - ndim), values * np.eye(size).reshape(places)


def _axes_along(s: Specimen, axis: int) -> Iterator[int]:
    """Yield the axis of the output along which an axis of the input runs: others do not touch its entries."""
    J, size = s.measured.value, s.own_shape[axis]
    for kept, length in enumerate(s.output_shape):
        if length == size > 1:
            places = np.ones(J.ndim, int)
            places[[kept, s.y.ndim + axis]] = size
            if J.any() and not np.any(np.abs(J * (1.0 - np.eye(size)).reshape(places)) > s.allowed):
                yield kept


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
