"""Inputs that live on a constraint, such as symmetric matrices, and the directions that stay on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gradcheck.types import Array

Projection: TypeAlias = Callable[[Array], Array]
OFF = 1e-6
"""An entry may miss a constraint by this part of the largest: single precision does. Half or twice as much
is as good, since what misses it by mistake misses it by far more."""


@dataclass(frozen=True)
class Constraint:
    """What an input is known to be.

    Parameters
    ----------
    project
        Returns the nearest direction that stays on the constraint.
    defect
        Returns how far an input is off it, entry by entry.
    """

    project: Projection
    defect: Projection


def _transpose(a: Array) -> Array:
    return np.swapaxes(a, -1, -2)


CONSTRAINTS: Mapping[str, Constraint] = {
    "symmetric": Constraint(lambda v: (v + _transpose(v)) / 2, lambda a: a - _transpose(a)),
    "skew": Constraint(lambda v: (v - _transpose(v)) / 2, lambda a: a + _transpose(a)),
    "simplex": Constraint(
        lambda v: v - v.mean(axis=-1, keepdims=True), lambda a: a.sum(axis=-1, keepdims=True) - 1
    ),
}
"""The constraints that `tangent` knows by name: of the last two axes, or of the last one."""


def projection_of(declared: str | Projection) -> Projection:
    """Return the projection that `tangent` declares for an input."""
    return CONSTRAINTS[declared].project if isinstance(declared, str) else declared


def is_off(declared: str | Projection, array: Array) -> bool:
    """Return whether an input is not what it is declared to be, as far as that can be told."""
    if not isinstance(declared, str):
        return False
    if declared != "simplex" and (array.ndim < 2 or array.shape[-1] != array.shape[-2]):
        return True
    if array.ndim == 0:
        return True
    defect = np.abs(CONSTRAINTS[declared].defect(array))
    return bool(np.any(defect > OFF * np.max(np.abs(array), initial=0.0)))
