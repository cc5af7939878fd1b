"""Random cases: a family, sizes, options and values, all of which follow from a seed and an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

import numpy as np

from benchmarks.calibration.families import FAMILIES, Family
from gradcheck import Layer
from gradcheck.layers import ANY_SHAPE, evaluate_shape, letters
from gradcheck.types import Array, Rng

ATTEMPTS = 1_000
TIED = "tied"
NEAR = "near a kink"
EDGES = (-12.0, -2.0)
"""Decimal exponents of the distance to a kink or to the edge of a domain."""


def _scaled(shape: tuple[int, ...], most: float, rng: Rng) -> Array:
    return np.asarray(rng.standard_normal(shape) * 10.0 ** rng.uniform(-8.0, log10(most) - 0.5))


def _uneven(shape: tuple[int, ...], most: float, rng: Rng) -> Array:
    return np.asarray(
        rng.standard_normal(shape) * 10.0 ** rng.uniform(-3.0, min(3.0, log10(most) - 0.5), shape)
    )


def _offset(shape: tuple[int, ...], most: float, rng: Rng) -> Array:
    return np.asarray(10.0 ** rng.uniform(0.0, min(6.0, log10(most) - 0.5)) + rng.standard_normal(shape))


def _tied(shape: tuple[int, ...], rng: Rng) -> Array:
    return rng.integers(-1, 2, shape).astype(np.float64)


def _near(shape: tuple[int, ...], rng: Rng) -> Array:
    """Values beside zero and beside each other, where kinks are."""
    return np.asarray(_tied(shape, rng) + rng.standard_normal(shape) * 10.0 ** rng.uniform(*EDGES, shape))


KINDS: Mapping[str, Callable[[tuple[int, ...], float, Rng], Array]] = {
    "ordinary": lambda shape, _, rng: rng.standard_normal(shape),
    "scaled": _scaled,
    "uneven": _uneven,
    "offset": _offset,
    TIED: lambda shape, _, rng: _tied(shape, rng),
    NEAR: lambda shape, _, rng: _near(shape, rng),
}
"""What the values of an input are like; each takes a shape, the largest magnitude, and a generator."""


@dataclass(frozen=True)
class Case:
    """A right layer at one point."""

    index: int
    family: Family
    kind: str
    primals: tuple[Array, ...]
    options: Mapping[str, Any]

    @property
    def layer(self) -> Layer:
        """The family's layer."""
        return self.family.layer


def case(seed: int, index: int, kinds: Sequence[str], sizes: tuple[int, int], dtypes: Sequence[str]) -> Case:
    """Return one random case; families take turns by index, in an order that follows from the seed.

    Parameters
    ----------
    seed, index
        The same two give the same case.
    kinds, dtypes
        From which the kind of values and the precision are drawn. A composite family takes no tied
        values, where its kinks may cancel each other: if nothing else is asked for, values near them.
    sizes
        The smallest and the largest size of an axis.
    """
    rng = np.random.default_rng([seed, index])
    order = np.random.default_rng(seed).permutation(len(FAMILIES))
    chosen = FAMILIES[order[index % len(FAMILIES)]]
    kind = str(rng.choice([k for k in kinds if k != TIED or not chosen.composite] or [NEAR]))
    dtype = str(rng.choice(list(dtypes)))
    layer = chosen.layer
    assert layer.shapes is not None
    known, options, any_shape = _sizes(layer, sizes, rng)
    primals = tuple(
        _values(
            kind, evaluate_shape(shape, known, any_shape), layer.domain.get(name), chosen.most, rng
        ).astype(dtype)
        for name, shape in layer.shapes.items()
    )
    if chosen.prepare is not None:
        primals = chosen.prepare(primals, rng)
    return Case(index, chosen, kind, primals, options)


def _sizes(
    layer: Layer, sizes: tuple[int, int], rng: Rng
) -> tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]:
    assert layer.shapes is not None
    names = [name for name in letters(layer.shapes.values()) if name not in layer.options]
    low, high = sizes
    for _ in range(ATTEMPTS):
        options = {name: swept[int(rng.integers(len(swept)))] for name, swept in layer.options.items()}
        known = {**{name: int(rng.integers(low, high + 1)) for name in names}, **options}
        if layer.accepts(known):
            break
    else:
        message = f"no sizes from {low} to {high} are accepted by where= of {layer.name!r}"
        raise ValueError(message)
    anywhere = any(ANY_SHAPE in shape.split() for shape in layer.shapes.values())
    rank = int(rng.integers(1, 4)) if anywhere else 0
    return known, options, tuple(int(n) for n in rng.integers(low, high + 1, rank))


def _values(
    kind: str, shape: tuple[int, ...], bounds: tuple[float, float] | None, most: float, rng: Rng
) -> Array:
    if bounds is None:
        return KINDS[kind](shape, most, rng)
    low, high = bounds
    if isfinite(low) and isfinite(high):
        inside = rng.uniform(low, high, shape)
        if kind != NEAR:
            return inside
        gap = (high - low) * 10.0 ** rng.uniform(*EDGES, shape)
        return np.where(inside < (low + high) / 2, low + gap, high - gap)
    magnitude = np.abs(KINDS[kind](shape, most, rng))
    away = np.where(magnitude > 0.0, magnitude, 1.0)
    return low + away if isfinite(low) else high - away
