"""Maps that someone might have differentiated in place of a layer's own: other points, options, axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from gradcheck._util import wide
from gradcheck.diagnosis.arrangements import Key, moved, turned
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.evaluation import Trial
from gradcheck.types import Array

OTHERS = 4
"""So many other inputs are changed: a layer may have hundreds."""


@dataclass(frozen=True)
class Candidate:
    """A mistake as another map to differentiate: `outputs` gives what it returns for values of the input."""

    key: Key
    x: Array
    outputs: Callable[[Array], Array]


class OutsideError(Exception):
    """The changed map is asked outside of an input's domain."""


class OtherOutputsError(Exception):
    """The changed map returns fewer outputs than the layer."""


def candidates(s: Specimen) -> Iterator[Candidate]:
    """Yield the maps that someone might have differentiated in place of the layer's own."""
    yield from _other_inputs(s)
    yield from _other_points(s)
    yield from _other_options(s)
    yield from _other_axes(s)


def _with(s: Specimen, key: Key, trial: Trial, block: int | None = None) -> Candidate:
    """Return the candidate that differentiates a trial's own map with respect to one of its inputs."""
    place = s.block if block is None else block
    return Candidate(key, trial.primals[place], lambda x: _forward(trial.replaced(place, x)))


def _forward(trial: Trial) -> Array:
    if not all(trial.holds(i, x) for i, x in enumerate(trial.primals)):
        raise OutsideError
    return wide(trial.forward())


def _other_inputs(s: Specimen) -> Iterator[Candidate]:
    for other in s.trial.active:
        if other != s.block and s.trial.primals[other].shape == s.shape:
            yield _with(s, ("input", s.trial.names[other]), s.trial, other)


def _other_points(s: Specimen) -> Iterator[Candidate]:
    """Differentiate at the output, or with an input rearranged, negated, switched off, or that of another."""
    trial = s.trial
    if s.y.shape == s.shape:
        x = trial.primals[s.block]
        yield _with(s, ("at output",), trial.replaced(s.block, s.y.astype(x.dtype)))
    others = [i for i in trial.active if i != s.block][:OTHERS]
    for i in [s.block, *others]:
        name, x = trial.names[i], trial.primals[i]
        for change, value in _changes(x, paired=trial.inputs.leaves[i].slot.paired):
            yield _with(s, ("with", name, *change), trial.replaced(i, value))
        for other in others:
            if other != i and trial.primals[other].shape == x.shape:
                key = ("with", name, "replaced", trial.names[other])
                yield _with(s, key, trial.replaced(i, trial.primals[other].astype(x.dtype)))


def _changes(x: Array, *, paired: bool) -> Iterator[tuple[Key, Array]]:
    if paired:
        yield ("conjugated",), x * np.array([1, -1], x.dtype)
        return
    yield ("negated",), -x
    yield ("zero",), np.zeros_like(x)
    yield ("of ones",), np.ones_like(x)
    yield ("absolute",), np.abs(x)
    for key, arranged in (*turned(x.shape), *moved(x.shape, 0.0)):
        yield key, np.ascontiguousarray(arranged(x))


def _other_options(s: Specimen) -> Iterator[Candidate]:
    for name, value in s.trial.options.items():
        others: dict[str, Any] = {repr(other): other for other in s.trial.layer.options.get(name, ())}
        others |= _named_values(value)
        for spelt, other in others.items():
            changed = replace(s.trial, options={**s.trial.options, name: other})
            yield _with(s, ("option", name, spelt), changed)


def _named_values(value: Any) -> dict[str, Any]:
    """Return values that are made of an option's own, by the name of what is done to it."""
    if type(value) is float:
        return {"0.0": 0.0, "1.0": 1.0, "squared": value**2, "complement": 1.0 - value, "negated": -value}
    if isinstance(value, tuple) and len(value) > 1:
        return {"swapped": value[::-1], "the first of both": (value[0],) * len(value)}
    if type(value) is bool:
        return {repr(not value): not value}
    return {}


def _other_axes(s: Specimen) -> Iterator[Candidate]:
    """Work along another axis, or over all entries at once, in a map that keeps its input's shape."""
    if s.y.shape != s.shape or s.nested or s.own_shape != s.shape or len(s.shape) < 2:
        return
    x = s.trial.primals[s.block]

    def over(key: Key, there: Callable[[Array], Array], back: Callable[[Array], Array]) -> Candidate:
        def outputs(value: Array) -> Array:
            given = np.ascontiguousarray(there(value))
            y = _forward(s.trial.replaced(s.block, given))
            if y.shape != given.shape:
                raise OtherOutputsError
            return back(y)

        return Candidate(key, x, outputs)

    for i, j in combinations(range(x.ndim), 2):
        swapped = partial(np.swapaxes, axis1=i, axis2=j)
        yield over(("axes swapped", i - x.ndim, j - x.ndim), swapped, swapped)
    back = partial(_reshaped, shape=x.shape)
    for which, shape in (("first", (x.size, *(1,) * (x.ndim - 1))), ("last", (*(1,) * (x.ndim - 1), x.size))):
        yield over(("over all", which), partial(_reshaped, shape=shape), back)


def _reshaped(a: Array, shape: tuple[int, ...]) -> Array:
    return a.reshape(shape)
