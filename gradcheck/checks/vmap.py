"""A function that is mapped over a batch computes what its calls for each sample do, its gradient too.

The rule by which it is mapped is written by hand where one declares it, or follows from a shape that somebody
took for granted.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import leaves, map_leaves, unflatten
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.checks.of_framework import at_few_examples, compare_gradients, read_leaves
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent, forward_scatter, pullback_rounding
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.types import Array, Rng, Verdict

SAMPLES = 3
"""Samples of a batch. Half as many are one, of which rules that mix samples show nothing; twice as many take
twice as long."""
Axes: TypeAlias = dict[int, int | None]


@at_few_examples
@beyond_rounding
def vmap(trial: Trial) -> Outcome:
    """Map the function over samples close to each other, along axes that are drawn for each input."""
    framework = trial.layer.framework
    assert framework is not None
    if trial.edges is not None:
        return Outcome(
            Verdict.NOT_APPLICABLE, "some entries are left out at this point, and no batch does that"
        )
    rng = trial.rng("vmap")
    axes = _draw_axes(trial, rng)
    points = [Point.of(sample, rng) for sample in _samples(trial, axes, rng)]
    given = [list(_leaves(point.trial)) for point in points]
    flat_axes = [axes.get(_position(trial, name)) for name, _ in given[0]]
    stacked = [
        parts[0] if axis is None else np.stack(parts, axis)
        for axis, *parts in zip(flat_axes, *([leaf for _, leaf in each] for each in given), strict=True)
    ]
    primals = unflatten(trial.arguments(), stacked)
    try:
        y, pullback = trial.call("vjp", framework.map_vjp, primals, flat_axes, trial.settings())
        wrong = _wrong_shape(y, points)
        if wrong is not None:
            return Outcome(Verdict.WRONG, wrong)
        bars = trial.call("pullback", pullback, _stack_cotangents(y, points))
    except LayerRaised as raised:
        if framework.must_map:
            return Outcome(Verdict.WRONG, f"{raised}, under vmap")
        return Outcome(Verdict.NOT_APPLICABLE, f"it can't be mapped: {raised}")
    return _compare(points, y, trial.raw_cotangents(bars), axes) or Outcome(Verdict.CORRECT)


def _draw_axes(trial: Trial, rng: Rng) -> Axes:
    """Return for each input along which axis it is mapped, None where all samples share it; not of all."""
    drawn: list[int | None] = [(0, -1, None)[int(rng.integers(3))] for _ in trial.active]
    if all(axis is None for axis in drawn):
        drawn[int(rng.integers(len(drawn)))] = 0
    return dict(zip(trial.active, drawn, strict=True))


def _samples(trial: Trial, axes: Axes, rng: Rng) -> list[Trial]:
    found = [trial]
    while len(found) < SAMPLES:
        other = trial.neighbour(rng)
        shared = {i for i in range(len(trial.primals)) if axes.get(i) is None}
        pairs = zip(trial.primals, other.primals, strict=True)
        found.append(trial.at(tuple(a if i in shared else b for i, (a, b) in enumerate(pairs))))
    return found


def _leaves(trial: Trial) -> list[tuple[str, Any]]:
    pairs = zip(trial.inputs.owners, trial.arguments(), strict=True)
    return [found for owner, tree in pairs for found in leaves(tree, owner)]


def _position(trial: Trial, name: str) -> int:
    """Return which of the trial's leaves has a name; -1 where it is none that holds numbers."""
    return trial.names.index(name) if name in trial.names else -1


def _wrong_shape(y: Any, points: list[Point]) -> str | None:
    """Return that the value is no stack of the samples' values, or None."""
    short = any(np.shape(leaf)[:1] != (len(points),) for _, leaf in leaves(y))
    shapes = [] if short else [points[0].trial.read("vjp", _sample(y, k)).shape for k in range(len(points))]
    if not short and all(shape == point.y.shape for shape, point in zip(shapes, points, strict=True)):
        return None
    found = ", ".join(str(np.shape(leaf)) for _, leaf in leaves(y))
    return f"y has the shape {found} under vmap, expected {len(points)} samples of {points[0].y.shape}"


def _sample(y: Any, k: int) -> Any:
    return map_leaves(y, lambda leaf: leaf[k])


def _stack_cotangents(y: Any, points: list[Point]) -> Any:
    outputs = [_sample(y, k) for k in range(len(points))]
    bars = [
        [bar for _, bar in leaves(fill_cotangent(output, point.y_bar))]
        for output, point in zip(outputs, points, strict=True)
    ]
    return unflatten(y, [None if parts[0] is None else np.stack(parts) for parts in zip(*bars, strict=True)])


def _compare(points: list[Point], y: Any, bars: list[Any], axes: Axes) -> Outcome | None:
    """Return that the value or a gradient of a sample is another one under vmap, or None."""
    along = ", ".join(
        f"{points[0].trial.names[i]!r} " + ("shared" if axis is None else f"along axis {axis}")
        for i, axis in axes.items()
    )
    for k, point in enumerate(points):
        trial, when = point.trial, f"under vmap ({along}; sample {k + 1} of {len(points)})"
        mapped = trial.read("vjp", _sample(y, k))
        comparison = compare_arrays(mapped, point.y, partial(forward_scatter, trial, point.y), point.unit)
        if not comparison.agree:
            located = partial(disagreement, "y", mapped, point.y, comparison)
            return Outcome(Verdict.WRONG, f"y is another one {when}", locate=located)
        own = {i: _part(bars[i], axis, k) for i, axis in axes.items() if axis is not None}
        finding = compare_gradients(point, read_leaves(trial, own), when)
        if finding is not None:
            return finding
    shared = {i: bars[i] for i, axis in axes.items() if axis is None}
    for argnum, total in read_leaves(points[0].trial, shared).items():
        expected = np.sum([point.x_bar(argnum) for point in points], axis=0)
        scatter = partial(_scatter_of_sum, points, argnum)
        comparison = compare_arrays(total, expected, scatter, points[0].unit)
        if not comparison.agree:
            what = points[0].trial.cotangent_name(argnum)
            located = partial(disagreement, what, total, expected, comparison)
            text = f"the cotangent of {points[0].trial.names[argnum]!r} is another one under vmap ({along})"
            return Outcome(Verdict.WRONG, text, locate=located)
    return None


def _part(bar: Any, axis: int, k: int) -> Any:
    return None if bar is None else np.take(bar, k, axis)


def _scatter_of_sum(points: list[Point], argnum: int) -> Array:
    return np.asarray(np.sum([pullback_rounding(point, argnum) for point in points], axis=0))
