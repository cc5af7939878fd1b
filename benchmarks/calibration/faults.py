"""Planted errors: one entry of one cotangent, or all entries of all of them, off by a relative size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.calibration.draw import Case
from gradcheck import Layer
from gradcheck.types import Array, Rng

SIZES = tuple(10.0**-k for k in range(1, 9))
SPREADS = ("one entry", "all entries")
PROBES = 8
"""Random cotangents by which the size of an entry is measured."""
LEFTOVER = 64 * float(np.finfo(float).eps)
"""Entries below this part of the largest may be what rounding left of a zero: no gradient to be wrong."""


@dataclass(frozen=True)
class Fault:
    """An error to be planted: a relative size, in one entry or in all of them."""

    spread: str
    size: float


FAULTS: tuple[Fault, ...] = tuple(Fault(spread, size) for spread in SPREADS for size in SIZES)


@dataclass(frozen=True)
class Target:
    """An entry of typical size: its input, its flat index, and its part of that input's cotangent in norm."""

    argnum: int
    flat: int
    share: float


def target(case: Case, active: tuple[int, ...], rng: Rng) -> Target | None:
    """Choose a random entry whose size is within a factor of two of its cotangent's median one.

    The size of an entry is its root mean square over random cotangents of the output. None if every
    cotangent is zero, or one is not finite: then there is nothing to be wrong by a relative amount.
    """
    return next(iter(targets(case, active, rng, 1)), None)


def targets(case: Case, active: tuple[int, ...], rng: Rng, count: int) -> list[Target]:
    """Choose so many entries as `target` chooses one; none of them where there is none to choose."""
    y, pullback = case.layer.vjp(*case.primals, **case.options)
    sums = [np.zeros(case.primals[i].shape) for i in active]
    for _ in range(PROBES):
        bars = _tuple(pullback(np.asarray(rng.standard_normal(np.shape(y)))[()]))
        for total, i in zip(sums, active, strict=True):
            total += np.square(np.asarray(bars[i]).reshape(total.shape))
    sizes = [np.sqrt(total / PROBES) for total in sums]
    if not all(np.all(np.isfinite(size)) for size in sizes):
        return []
    argnums = [k for k, size in enumerate(sizes) if np.any(size)]
    return [_typical(sizes, argnums, active, rng) for _ in range(count if argnums else 0)]


def _typical(sizes: list[Array], argnums: list[int], active: tuple[int, ...], rng: Rng) -> Target:
    k = int(rng.choice(argnums))
    median = np.median(sizes[k][sizes[k] > LEFTOVER * np.max(sizes[k])])
    typical = np.flatnonzero((sizes[k] >= median / 2) & (sizes[k] <= median * 2))
    flat = int(rng.choice(typical))
    return Target(active[k], flat, float(sizes[k].flat[flat] / np.linalg.norm(sizes[k])))


def plant(layer: Layer, fault: Fault | None, at: Target) -> Layer:
    """Return the layer with a fault in what its pullback returns; the same layer for none."""
    if fault is None:
        return layer
    factor = 1.0 + fault.size

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        y, pullback = layer.vjp(*primals, **options)

        def faulty(y_bar: Any) -> tuple[Any, ...]:
            bars = _tuple(pullback(y_bar))
            if fault.spread == "all entries":
                return tuple(None if bar is None else bar * factor for bar in bars)
            wrong: Array = np.array(bars[at.argnum])
            if at.flat < wrong.size:  # a smaller example may not have the entry
                wrong.flat[at.flat] *= factor
            return *bars[: at.argnum], wrong[()], *bars[at.argnum + 1 :]

        return y, faulty

    return replace(layer, vjp=vjp)


def _tuple(bars: Any) -> tuple[Any, ...]:
    return tuple(bars) if isinstance(bars, tuple | list) else (bars,)
