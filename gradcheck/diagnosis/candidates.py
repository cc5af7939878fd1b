"""Maps that someone might have differentiated in place of a layer's own: other points, options, axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from gradcheck._util import widen
from gradcheck.diagnosis.arrangements import MistakeKey, shifts_and_rolls, transpositions_and_flips
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.evaluation import Trial
from gradcheck.types import Array

OTHERS = 4
"""So many other inputs are changed: a layer may have hundreds."""


@dataclass(frozen=True)
class Candidate:
    """A mistake as another map to differentiate: `outputs` gives what it returns for values of the input."""

    key: MistakeKey
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


def _with(s: Specimen, key: MistakeKey, trial: Trial, argnum: int | None = None) -> Candidate:
    """Return the candidate that differentiates a trial's own map with respect to one of its inputs."""
    place = s.argnum if argnum is None else argnum
    return Candidate(key, trial.primals[place], lambda x: _forward(trial.with_primal(place, x)))


def _forward(trial: Trial) -> Array:
    if not all(trial.holds(i, x) for i, x in enumerate(trial.primals)):
        raise OutsideError
    return widen(trial.forward())


def _other_inputs(s: Specimen) -> Iterator[Candidate]:
    for other in s.trial.active:
        if other != s.argnum and s.trial.primals[other].shape == s.shape:
            yield _with(s, ("input", s.trial.names[other]), s.trial, other)


def _other_points(s: Specimen) -> Iterator[Candidate]:
    """Differentiate at the output, or with an input rearranged, negated, switched off, or that of another."""
    trial = s.trial
    if s.y.shape == s.shape:
        x = trial.primals[s.argnum]
        yield _with(s, ("at output",), trial.with_primal(s.argnum, s.y.astype(x.dtype)))
    others = [i for i in trial.active if i != s.argnum][:OTHERS]
    for i in [s.argnum, *others]:
        name, x = trial.names[i], trial.primals[i]
        for change, value in _changes(x, is_complex=trial.inputs.leaves[i].slot.is_complex):
            yield _with(s, ("with", name, *change), trial.with_primal(i, value))
        for other in others:
            if other != i and trial.primals[other].shape == x.shape:
                key = ("with", name, "replaced", trial.names[other])
                yield _with(s, key, trial.with_primal(i, trial.primals[other].astype(x.dtype)))


def _changes(x: Array, *, is_complex: bool) -> Iterator[tuple[MistakeKey, Array]]:
    if is_complex:
        yield ("conjugated",), x * np.array([1, -1], x.dtype)
        return
    yield ("negated",), -x
    yield ("zero",), np.zeros_like(x)
    yield ("of ones",), np.ones_like(x)
    yield ("absolute",), np.abs(x)
    for key, arrange in (*transpositions_and_flips(x.shape), *shifts_and_rolls(x.shape, 0.0)):
        yield key, np.ascontiguousarray(arrange(x))


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
    if s.trial.breaks_at_bad_indices:
        return
    if s.y.shape != s.shape or s.nested or s.own_shape != s.shape or len(s.shape) < 2:
        return
    x = s.trial.primals[s.argnum]

    def over(key: MistakeKey, there: Callable[[Array], Array], back: Callable[[Array], Array]) -> Candidate:
        def outputs(value: Array) -> Array:
            given = np.ascontiguousarray(there(value))
            y = _forward(s.trial.with_primal(s.argnum, given))
            if y.shape != given.shape:
                raise OtherOutputsError
            return back(y)

        return Candidate(key, x, outputs)

    for i, j in combinations(range(x.ndim), 2):
        swapped = partial(np.swapaxes, axis1=i, axis2=j)
        yield over(("axes swapped", i - x.ndim, j - x.ndim), swapped, swapped)
    back = partial(_reshape, shape=x.shape)
    for which, shape in (("first", (x.size, *(1,) * (x.ndim - 1))), ("last", (*(1,) * (x.ndim - 1), x.size))):
        yield over(("over all", which), partial(_reshape, shape=shape), back)


def _reshape(a: Array, shape: tuple[int, ...]) -> Array:
    return a.reshape(shape)
