"""Ways in which an array's entries are put in the wrong places: transposed, flipped, shifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from gradcheck.types import Array

MistakeKey: TypeAlias = tuple[Any, ...]
Arrangement: TypeAlias = tuple[MistakeKey, Callable[[Array], Array]]
Amounts: TypeAlias = int | tuple[int, int]
BY_ONE: Mapping[str, Amounts] = {"1": 1}
MOST_AXES = 4
"""An array of more axes is flipped along one at a time, and along the last two."""


def transpositions_and_flips(shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield transpositions and flips of an array of this shape, named by axes from the end.

    A flip along an axis of size 1 is one too, though nothing moves: the same mistake has the same
    name for every size, and where nothing moves it is no mistake.
    """
    ndim = len(shape)
    for i, j in combinations(range(ndim), 2):
        if shape[i] == shape[j]:
            yield ("transposed", i - ndim, j - ndim), partial(np.swapaxes, axis1=i, axis2=j)
    for axes in _axis_sets(ndim):
        yield ("flipped", *(axis - ndim for axis in axes)), partial(np.flip, axis=axes)


def _axis_sets(ndim: int) -> list[tuple[int, ...]]:
    if ndim <= MOST_AXES:
        return [axes for count in range(1, ndim + 1) for axes in combinations(range(ndim), count)]
    return [*((axis,) for axis in range(ndim)), (ndim - 2, ndim - 1)]


def reorder(shape: tuple[int, ...]) -> Iterator[Arrangement]:
    """Yield the two ways to take entries in the order of rows for the order of columns."""
    if len(shape) > 1:
        yield ("order", "read by columns"), partial(_read_by_columns, ndim=len(shape))
        yield ("order", "written by columns"), partial(_written_by_columns, ndim=len(shape))


def _read_by_columns(a: Array, ndim: int) -> Array:
    front, rest = a.shape[:ndim], a.shape[ndim:]
    order = np.arange(int(np.prod(front))).reshape(front).ravel(order="F")
    return a.reshape(-1, *rest)[order].reshape(a.shape)


def _written_by_columns(a: Array, ndim: int) -> Array:
    front, rest = a.shape[:ndim], a.shape[ndim:]
    order = np.arange(int(np.prod(front))).reshape(front).ravel(order="F")
    return a.reshape(-1, *rest)[np.argsort(order)].reshape(a.shape)


def shifts_and_rolls(
    shape: tuple[int, ...], filler: float, amounts: Mapping[str, Amounts] = BY_ONE
) -> Iterator[Arrangement]:
    """Yield shifts along an axis, or along both of the last two, by amounts that have names.

    An amount is a number, or one for each of the last two axes. `filler` comes in at the edge; a
    roll brings in what went out at the other one.
    """
    ndim = len(shape)
    for axes in [*((axis,) for axis in range(ndim)), *([(ndim - 2, ndim - 1)] if ndim >= 2 else [])]:
        for name, amount in amounts.items():
            steps = tuple(_step(amount, axis - ndim) for axis in axes)
            if all(shape[axis] > step for axis, step in zip(axes, steps, strict=True)) and any(steps):
                for sign in (1, -1):
                    by = tuple(sign * step for step in steps)
                    name_and_axes = ("+-"[sign < 0] + name, *(axis - ndim for axis in axes))
                    yield ("rolled", *name_and_axes), partial(np.roll, shift=by, axis=axes)
                    yield ("shifted", *name_and_axes), partial(_shift, axes=axes, by=by, filler=filler)


def _step(amount: Amounts, axis: int) -> int:
    """Return the amount for an axis, counted from the end."""
    if isinstance(amount, int):
        return amount
    return amount[axis] if axis >= -2 else 0


def _shift(a: Array, axes: tuple[int, ...], by: tuple[int, ...], filler: float) -> Array:
    result = np.roll(a, by, axes)
    for axis, step in zip(axes, by, strict=True):
        edge = [slice(None)] * a.ndim
        edge[axis] = slice(0, step) if step > 0 else slice(a.shape[axis] + step, None)
        result[tuple(edge)] = filler
    return result


def apply_along(a: Array, first: int, count: int, arrange: Callable[[Array], Array]) -> Array:
    """Apply a function of the `count` leading axes to the axes of `a` from `first` on."""
    order = [*range(first, first + count), *(i for i in range(a.ndim) if not first <= i < first + count)]
    result = arrange(np.transpose(a, order))
    return np.transpose(result, np.argsort(order))
