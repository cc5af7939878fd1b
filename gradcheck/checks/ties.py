"""Entries that are equal, moved together: where values tie, what chooses between them has a derivative still.

A maximum of two equal entries has a kink, and nothing can be said of each of them. If they move by the same
amount they stay equal, the maximum moves with them, and a gradient that is routed to both of them shows.
Zeros, and entries at a bound, stay where they are, so that the other entries of the example count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Judgement, judge
from gradcheck.layers import Layer
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class Classes:
    """The entries of one input by their values: `of` holds the class of each, −1 for one that stays."""

    x: Array
    of: Array
    values: Array

    @classmethod
    def of_input(cls, x: Array, bounds: tuple[float, float]) -> Classes:
        """Return the classes of an input's entries."""
        stays = (x == 0.0) | (x == bounds[0]) | (x == bounds[1])
        found, inverse = np.unique(x[~stays], return_inverse=True)
        of = np.full(x.shape, -1)
        of[~stays] = inverse.reshape(-1)
        return cls(x, of, found)

    @property
    def has_ties(self) -> bool:
        """Whether two entries are equal, or one stays."""
        return self.values.size < self.x.size

    def spread(self, values: Array) -> Array:
        """Return the input with other values of its classes."""
        moved = self.x.astype(values.dtype)
        return np.where(self.of >= 0, values[self.of], moved) if values.size else moved

    def gather(self, bar: Array) -> Array:
        """Return the cotangent of the classes' values: what their entries' cotangents add up to."""
        total = np.zeros(self.values.shape, dtype=bar.dtype)
        np.add.at(total, self.of[self.of >= 0], bar[self.of >= 0])
        return total


def has_ties(trial: Trial) -> bool:
    """Return whether entries of an input are equal, zero, or at a bound: there kinks may meet."""
    return any(Classes.of_input(trial.primals[i], trial.bounds(i)).has_ties for i in trial.active)


def judge_tied(trial: Trial, argnums: list[int], rng: Rng) -> dict[int, Judgement]:
    """Judge inputs with their equal entries moved together; none where no entries are equal, or none move."""
    if not argnums:
        return {}
    classes = {i: Classes.of_input(trial.primals[i], trial.bounds(i)) for i in trial.active}
    moving = [i for i in trial.active if classes[i].values.size]
    wanted = [i for i in argnums if i in moving]
    if not wanted or not any(each.has_ties for each in classes.values()):
        return {}
    tied = _in_classes(trial, {i: classes[i] for i in moving}, {i: moving.index(i) for i in moving})
    point = Point.of(tied, rng)
    return {i: judge(point, moving.index(i), rng) for i in wanted}


def judge_shared(trial: Trial, rng: Rng) -> tuple[list[int], Judgement] | None:
    """Judge inputs that have values in common, with all entries of one value moved together.

    Returns the positions of those inputs, and the judgement; None where no two inputs share a value.
    """
    classes = {i: Classes.of_input(trial.primals[i], trial.bounds(i)) for i in trial.active}
    moving = [i for i in trial.active if classes[i].values.size]
    values, counts = np.unique(
        np.concatenate([classes[i].values for i in moving] or [np.zeros(0)]), return_counts=True
    )
    common = values[counts > 1]
    shared = [i for i in moving if np.isin(common, classes[i].values).any()]
    if len({trial.primals[i].dtype for i in moving}) > 1 or not shared:
        return None
    together = {}
    for i in moving:
        each = classes[i]
        of = np.where(each.of >= 0, np.searchsorted(values, each.x), -1)
        together[i] = Classes(each.x, of, values)
    return shared, judge(Point.of(_in_classes(trial, together, dict.fromkeys(moving, 0)), rng), 0, rng)


def _in_classes(trial: Trial, classes: dict[int, Classes], places: dict[int, int]) -> Trial:
    """Return a trial whose inputs are the values of classes; `places` says which of them is each input's."""
    count = max(places.values()) + 1

    def there(values: tuple[Array, ...]) -> Trial:
        primals = list(trial.primals)
        for i, each in classes.items():
            primals[i] = each.spread(values[places[i]])
        return trial.at(tuple(primals))

    def forward(*values: Array) -> Array:
        moved = there(values)
        moved.stay_inside()
        return moved.forward()

    def vjp(*values: Array) -> tuple[Array, Callable[[Array], tuple[Any, ...]]]:
        y, pullback = there(values).linearise()

        def gathered(y_bar: Array) -> tuple[Any, ...]:
            bars = pullback(np.asarray(y_bar).copy())
            totals: list[Any] = [0.0] * count
            for i, each in classes.items():
                bar = bars[i]
                assert bar is not None
                totals[places[i]] = totals[places[i]] + each.gather(bar)
            return tuple(totals)

        return y, gathered

    names = [f"v{k}" for k in range(count)]
    firsts = [next(i for i, place in places.items() if place == k) for k in range(count)]
    layer = Layer(
        forward,
        vjp,
        name=trial.layer.name,
        shapes={name: f"k{name}" for name in names},
        domain={name: trial.bounds(i) for name, i in zip(names, firsts, strict=True)},
        traits={"smooth"} if trial.layer.is_smooth else (),
        accuracy=max(map(trial.accuracy, classes)),
        # It rounds at random, which shows how much of a difference is rounding.
        framework=trial.layer.framework,
    )
    primals = tuple(classes[i].values for i in firsts)
    return Trial.of(layer, primals, {}, trial.seed, trial.calls, is_user_point=trial.is_user_point)
