"""That a hidden mistake is one: a point of the declared domain where an independent derivative refutes it.

Nothing of gradcheck's own numerics is used: points come from a search of their own, which knows the corners,
and derivatives are central differences, extrapolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.hidden.record import Hidden
from gradcheck import Layer
from gradcheck.layers import evaluate_shape, letters
from gradcheck.types import Array, Rng

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 23, 32, 33)
"""From which every size is drawn: all that a mistake may be hidden behind."""
POINTS = 4000
"""So many points are tried."""
OTHERS = 60
"""And so many for an earlier call."""
STEP = 2.0**-10
"""Of the central differences, relative to the size of an entry; the extrapolation's error goes with h⁴."""
APART = 1e-3
"""A derivative off by less than this part of it is not called wrong here: the mistakes are no roundings."""
CLOSE = 1e-4
"""The right layer's derivative agrees with the differences within this part: their own error is far less."""


@dataclass(frozen=True)
class Witness:
    """Where a mistake shows: the point, the cotangent, and the three derivatives along one direction."""

    primals: tuple[Array, ...]
    options: Mapping[str, Any]
    derived: float
    right: float
    measured: float


def prove(hidden: Hidden, seed: int = 0) -> Witness | None:
    """Return a point at which a mistake is wrong, or None where none was found."""
    rng = np.random.default_rng(seed)
    for primals, options in _points(hidden.right.layer, rng):
        wrong = hidden.make()
        calls = [primals]
        if hidden.kind == "call":
            calls = [*(_others(hidden, primals, options, rng) for _ in range(4)), primals]
        for y_bar in _cotangents(hidden.right.forward(*primals, **options), rng):
            for there in calls:
                y, pullback = wrong.vjp(*(np.array(p) for p in there), **options)
                if there is primals:
                    bars = pullback(y_bar)
                elif _like(y, y_bar):
                    pullback(y_bar)
                else:
                    pullback(next(_cotangents(y, rng)))
            found = _refuted(hidden, primals, options, y_bar, bars)
            if found is not None:
                return found
    return None


def _like(y: Any, y_bar: Any) -> bool:
    return [np.shape(a) for a in _leaves(y)] == [np.shape(a) for a in _leaves(y_bar)]


def _others(hidden: Hidden, primals: tuple[Array, ...], options: Mapping[str, Any], rng: Rng) -> Any:
    """Return other primals for an earlier call: of the same shapes, or half of the time of any."""
    same = rng.random() < 0.5
    for there, chosen in islice(_points(hidden.right.layer, rng), OTHERS):
        alike = all(p.shape == q.shape for p, q in zip(there, primals, strict=True))
        if chosen == options and (alike or not same):
            return there
    return primals


def _refuted(
    hidden: Hidden, primals: tuple[Array, ...], options: Mapping[str, Any], y_bar: Any, bars: tuple[Any, ...]
) -> Witness | None:
    exact = hidden.right.backward(y_bar, *primals, **options)
    for i, (bar, good) in enumerate(zip(bars, exact, strict=True)):
        if bar is None or not np.any(bar != good):
            continue
        v = _along_ties(np.where(bar != good, bar - good, 0.0), primals[i])
        v = v * np.where(primals[i] != 0.0, np.abs(primals[i]), 1.0) / max(float(np.abs(v).max()), 1e-300)
        derived, expected = float((bar * v).sum()), float((good * v).sum())
        size = float(np.abs(good * v).sum()) + float(np.abs(bar * v).sum())
        if abs(derived - expected) <= APART * size:
            continue
        measured = _slope(hidden.right.layer, primals, i, v, options, y_bar)
        if abs(measured - expected) <= CLOSE * size < abs(measured - derived):
            return Witness(primals, options, derived, expected, measured)
    return None


def _along_ties(v: Array, x: Array) -> Array:
    """Return the direction that is nearest to `v` among those that keep equal entries equal.

    There, what chooses between entries that tie has a derivative.
    """
    _, of = np.unique(x, return_inverse=True)
    of = of.reshape(-1)
    total = np.bincount(of, weights=v.ravel()) / np.bincount(of)
    averaged = np.asarray(total[of]).reshape(v.shape)
    return averaged if np.any(averaged) else v


def _slope(
    layer: Layer, primals: tuple[Array, ...], i: int, v: Array, options: Mapping[str, Any], y_bar: Any
) -> float:
    def value(t: float) -> float:
        moved = [*primals]
        moved[i] = moved[i] + t * v
        y = layer.forward(*moved, **options)
        return sum(
            float((np.asarray(b) * np.asarray(a)).sum())
            for a, b in zip(_leaves(y), _leaves(y_bar), strict=True)
        )

    def central(h: float) -> float:
        return (value(h) - value(-h)) / (2 * h)

    return (4 * central(STEP / 2) - central(STEP)) / 3


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, tuple) else [tree]


def _points(layer: Layer, rng: Rng) -> Iterator[tuple[tuple[Array, ...], dict[str, Any]]]:
    assert layer.shapes is not None
    names = [n for n in letters(layer.leaf_shapes.values()) if n not in layer.options]
    for _ in range(POINTS):
        most = int(rng.choice((3, 6, len(SIZES))))
        known: dict[str, Any] = {name: int(rng.choice(SIZES[:most])) for name in names}
        if rng.random() < 0.2:
            known = dict.fromkeys(names, int(rng.choice(SIZES)))
        options = {name: swept[int(rng.integers(len(swept)))] for name, swept in layer.options.items()}
        any_shape = tuple(int(n) for n in rng.choice(SIZES, rng.integers(1, 3)))
        if not layer.accepts({**known, **options}):
            continue
        yield (
            tuple(
                _values(
                    layer,
                    name,
                    evaluate_shape(shape, {**known, **options}, any_shape),
                    {**known, **options},
                    rng,
                )
                for name, shape in layer.leaf_shapes.items()
            ),
            options,
        )


def _values(layer: Layer, name: str, shape: tuple[int, ...], known: dict[str, Any], rng: Rng) -> Array:
    low, high = layer.declaration_for("domain", name, (-np.inf, np.inf))
    low, high = (evaluate_shape(b, known)[0] if isinstance(b, str) else b for b in (low, high))
    if layer.dtype_of(name) == "int64":
        few = rng.integers(low, high + 1, shape)
        return np.full(shape, rng.choice((low, high))) if rng.random() < 0.3 else few
    width = min(high - low, 1e3) if np.isfinite(low) else 4.0
    start = low if np.isfinite(low) else -2.0
    kind = rng.integers(10)
    x = start + width * rng.random(shape)
    if kind == 0:
        x = start + width * 10.0 ** rng.uniform(-5, 0, shape)
    elif kind == 1:
        x = start + width * (1 - 10.0 ** rng.uniform(-5, 0, shape))
    elif kind == 2:
        x = np.clip(rng.integers(-1, 2, shape) * 1.0, low, high)
    elif kind == 3:
        x = np.clip(rng.integers(0, 6, shape) * 1.0, low, high)
    elif kind == 4:
        x = np.full(shape, x.ravel()[0] if x.size else 0.0)
    elif kind == 5:
        x = np.sort(x, axis=-1) * 1.0 if x.ndim else x
        x = x[..., ::-1].copy() if x.ndim and rng.random() < 0.5 else x
    elif kind == 6:
        x = np.where(rng.random(shape) < 0.8, np.clip(0.0, low, high), x)
    elif kind == 7:
        x = np.where(
            rng.random(shape) < 0.3,
            rng.choice((low if np.isfinite(low) else -0.0, high if np.isfinite(high) else -0.0)),
            x,
        )
    elif kind == 8 and low < 0 < high:
        x = np.abs(x) * rng.choice((-1.0, 1.0))
        x = np.clip(x, low, high)
    elif kind == 9 and x.size:
        x = np.clip(1e-3 * x, low, high)
        x.flat[int(rng.integers(x.size))] = 10.0 if high > 10 else high
    if rng.random() < 0.2 and x.ndim > 1 and len(x) > 1:
        x[1:] = x[:1]
        if x.ndim == 2 and x.shape[0] == x.shape[1]:
            x = np.maximum(x, x.T)
    return np.asarray(x)


def _cotangents(y: Any, rng: Rng) -> Iterator[Any]:
    leaves = [np.asarray(leaf, dtype=float) for leaf in _leaves(y)]
    dense = [rng.choice((-1.0, 1.0), a.shape) * (1 + rng.random(a.shape)) for a in leaves]
    yield _rebuilt(y, dense)
    for k in range(len(dense)):
        yield _rebuilt(y, [d if i == k else 0 * d for i, d in enumerate(dense)])
    yield _rebuilt(y, [np.abs(d) for d in dense])
    yield _rebuilt(y, [-np.abs(d) for d in dense])
    yield _rebuilt(y, [np.broadcast_to(np.float64(1.5), d.shape) for d in dense])
    yield _rebuilt(y, [d * (np.arange(d.size).reshape(d.shape) % 3 > 1) for d in dense])
    yield _rebuilt(y, [d * (np.arange(d.size).reshape(d.shape) == 0) for d in dense])
    yield _rebuilt(y, [d * 1e-8 for d in dense])
    yield _rebuilt(y, [d * 1e8 for d in dense])
    yield _rebuilt(y, [d.T.copy().T for d in dense])
    yield _rebuilt(
        y, [d * (np.arange(len(d)) > 0).reshape(-1, *[1] * (d.ndim - 1)) if d.ndim else d for d in dense]
    )
    dense = [np.array(d) for d in dense]
    for d in dense:
        d.flags.writeable = False
    yield _rebuilt(y, dense)


def _rebuilt(y: Any, leaves: list[Any]) -> Any:
    if isinstance(y, dict):
        return dict(zip(y, leaves, strict=True))
    return tuple(leaves) if isinstance(y, tuple) else leaves[0]
