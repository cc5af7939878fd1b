"""Mistakes that differentiate the right function at another point or with other options.

Each predicts a Jacobian that has to be measured. Most are no cause at all, and one direction shows it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

import numpy as np

from gradcheck._util import largest, rms, signed, wide
from gradcheck.diagnosis.arrangements import Key, moved, turned
from gradcheck.diagnosis.specimen import STEP, Jacobian, Specimen, jacobian
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial
from gradcheck.types import Array

SKETCHED = 1e-3
"""Along one direction, a prediction that is off by a larger part is none."""


def measured_elsewhere(s: Specimen, refuted: Container[Key]) -> Iterator[tuple[Key, Jacobian | None]]:
    """Yield what the derived Jacobian would be, or None where it is not that; `refuted` ones are left out."""
    for key, trial in (*_other_inputs(s), *_other_points(s), *_other_options(s)):
        if key not in refuted:
            block = s.block if key[0] != "input" else trial.names.index(key[1])
            yield key, _measured(s, trial, block)


def _other_inputs(s: Specimen) -> Iterator[tuple[Key, Trial]]:
    for other in s.trial.active:
        if other != s.block and s.trial.primals[other].shape == s.shape:
            yield ("input", s.trial.names[other]), s.trial


def _other_points(s: Specimen) -> Iterator[tuple[Key, Trial]]:
    """Differentiate at the output, or with an input rearranged, negated, or switched off."""
    trial = s.trial
    if s.y.shape == s.shape:
        x = trial.primals[s.block]
        yield ("at output",), trial.replaced(s.block, s.y.astype(x.dtype))
    for i, (name, x) in enumerate(zip(trial.names, trial.primals, strict=True)):
        if i in trial.active and x.size > 0:
            for change, value in _changes(x, paired=trial.inputs.leaves[i].slot.paired):
                same = np.array_equal(value, x)
                yield ("with", name, *change), trial if same else trial.replaced(i, value)


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


def _other_options(s: Specimen) -> Iterator[tuple[Key, Trial]]:
    for name, swept in s.trial.layer.options.items():
        for value in swept:
            changed = replace(s.trial, options={**s.trial.options, name: value})
            same = repr(value) == repr(s.trial.options.get(name))
            yield ("option", name, repr(value)), s.trial if same else changed
        value = s.trial.options.get(name)
        if type(value) is float:
            squared = replace(s.trial, options={**s.trial.options, name: value**2})
            yield ("option", name, "squared"), s.trial if value in (0.0, 1.0) else squared


def _measured(s: Specimen, trial: Trial, block: int) -> Jacobian | None:
    """Return ∂y/∂x at another trial, cut to the outputs that are there; None if it is none of these."""
    if trial is s.trial and block == s.block:
        return s.measured
    try:
        trial.stay_inside()
        up, down = _beside(s, trial, block)
        if not _sketched(s, trial, block, up, down):
            return None
        if block == s.block and all(map(np.array_equal, (up, down), _beside(s, s.trial, block))):
            return s.measured  # the change makes no difference to the outputs
        found = jacobian(trial, block)
    except NothingToLearn:
        return None
    return _cut(found, s) if found is not None and found.settled else None


def _cut(found: Jacobian, s: Specimen) -> Jacobian | None:
    """Return the rows of the outputs that the layer has: with other options there may be more."""
    if found.value.ndim != s.derived.ndim or found.value.shape[s.y.ndim :] != s.shape:
        return None
    if any(there < here for there, here in zip(found.value.shape, s.y.shape, strict=False)):
        return None
    rows = tuple(slice(size) for size in s.y.shape)
    return Jacobian(found.value[rows], found.error[rows])


def _beside(s: Specimen, trial: Trial, block: int) -> tuple[Array, Array]:
    """Return the outputs of a trial a step along one random direction, and a step back."""
    x = trial.primals[block]
    v = _direction(s, x)
    up, down = (
        wide(trial.replaced(block, np.asarray(x + h * v, dtype=x.dtype)).forward()) for h in (STEP, -STEP)
    )
    return up, down


def _direction(s: Specimen, x: Array) -> Array:
    return signed(x.shape, s.trial.rng("sketch")) * (rms(x) or 1.0)


def _sketched(s: Specimen, trial: Trial, block: int, up: Array, down: Array) -> bool:
    """Return whether, along that direction, the slopes of all outputs are the derived ones."""
    x = trial.primals[block]
    if x.shape != s.shape:
        return False
    if up.ndim != s.y.ndim or any(there < here for there, here in zip(up.shape, s.y.shape, strict=True)):
        return False
    rows = tuple(slice(size) for size in s.y.shape)
    slopes = (up - down)[rows] / (2.0 * STEP)
    derived = np.tensordot(s.derived, _direction(s, x), x.ndim)
    apart, size = largest(slopes - derived), max(largest(slopes), largest(derived))
    bend = largest(((up + down)[rows] - 2.0 * wide(trial.forward())[rows]) / (2.0 * STEP))
    return apart <= SKETCHED * size + bend
