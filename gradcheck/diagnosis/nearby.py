"""Examples beside a point that its caller gave: other values near it, and the same with other sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.evaluation import Trial
from gradcheck.types import Array, Rng

NEIGHBOURS = 3
"""Points with other values of the same sizes."""
NEIGHBOURS_OF_ONE = 6
"""The same where an input has one entry: with fewer of them no cause explains enough wrong entries."""
NEAREST = (0.5, 0.9, 0.999)
"""An entry shrinks to this part of itself at least, or else to the next: few domains leave that out.

Signs and orders of magnitude stay, so that a solver does not run longer by orders than at the point.
"""
OFF_ZERO = (0.1, 1e-3, 1e-6)
"""So far entries move off a point of zeros, or else by the next."""
SMALL = 4
"""Sizes up to this stay as they are where a large example is cut to a small one."""
FEW = 48
"""Inputs of so few entries in all need not be cut before their sizes are varied."""
CUT = 4
"""So many sizes are varied, one after the other."""


def neighbours(trial: Trial, rng: Rng) -> Iterator[Trial]:
    """Yield a point, points beside it, and such with other sizes; each works in forward and pullback."""
    small = _small(trial)
    yield trial
    alone = any(trial.primals[i].size == 1 for i in trial.active)
    beside = NEIGHBOURS_OF_ONE if alone else NEIGHBOURS
    yield from islice(_beside(trial, rng), 1 if small is not None else beside)
    bases = [trial] if small is None else [small]
    if small is not None:
        yield small
        yield from islice(_beside(small, rng), NEIGHBOURS)
    for base in bases:
        for other in _resize(base):
            yield other
            yield from islice(_beside(other, rng), 1)


def _beside(trial: Trial, rng: Rng) -> Iterator[Trial]:
    """Yield the same shapes with other values, of the same signs and of about the same size.

    From a point that is zero everywhere, where no value would be another one, all entries move.
    """
    if not any(np.any(trial.primals[i]) for i in trial.active):
        yield from _from_zero(trial, rng)
        return
    while True:
        factors = [rng.random(x.shape) for x in trial.primals]
        moved = (_shrunk(trial, factors, least) for least in NEAREST)
        found = next((other for other in moved if _works(other)), None)
        if found is None:
            return
        yield found


def _from_zero(trial: Trial, rng: Rng) -> Iterator[Trial]:
    for size in OFF_ZERO:
        while True:
            moved = [
                np.asarray(size * draw_signed(x.shape, rng), dtype=x.dtype) if i in trial.active else x
                for i, x in enumerate(trial.primals)
            ]
            other = trial.at(tuple(moved))
            if not _works(other):
                break
            yield other


def _shrunk(trial: Trial, factors: list[Array], least: float) -> Trial:
    primals = [
        np.asarray(x * (least + (1.0 - least) * factor), dtype=x.dtype) if i in trial.active else x
        for i, (x, factor) in enumerate(zip(trial.primals, factors, strict=True))
    ]
    return trial.at(tuple(primals))


def _small(trial: Trial) -> Trial | None:
    """Return a large example cut to a few entries along every axis; equal sizes stay equal."""
    if sum(x.size for x in trial.primals) <= FEW:
        return None
    found = sorted({size for x in trial.primals for size in x.shape if size > SMALL})
    for first in (SMALL, SMALL + 2):
        cut = trial_of_sizes(trial, {size: first + k for k, size in enumerate(found) if size > first + k})
        if cut is not None and _works(cut):
            return cut
    return None


def _resize(trial: Trial) -> Iterator[Trial]:
    """Yield the example with one of its sizes less by one."""
    found = sorted({size for x in trial.primals for size in x.shape if size > 1}, reverse=True)
    for size in found[:CUT]:
        cut = trial_of_sizes(trial, {size: size - 1})
        if cut is not None and _works(cut):
            yield cut


def trial_of_sizes(trial: Trial, sizes: Mapping[int, int]) -> Trial | None:
    """Return an example with the first entries along every axis of some sizes; None if nothing is cut.

    A layer need not work with them, or mean the same by them. A part of what lives on a constraint does not
    live on it.
    """
    if trial.tangents is not None:
        return None

    def cut(i: int, x: Array) -> Array:
        is_complex = trial.inputs.leaves[i].slot.is_complex
        own = x.ndim - is_complex
        return np.ascontiguousarray(x[tuple(slice(sizes.get(size, size)) for size in x.shape[:own])])

    primals = tuple(cut(i, x) for i, x in enumerate(trial.primals))
    changed = any(a.shape != b.shape for a, b in zip(primals, trial.primals, strict=True))
    return trial.at(primals) if changed else None


def _works(trial: Trial) -> bool:
    """Return whether forward and pullback return what they should at an example."""
    y = trial.finite_output()
    return y is not None and y.size > 0
