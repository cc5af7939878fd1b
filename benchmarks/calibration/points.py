"""Points at which an error is planted: a right layer there, told no more than any other checker knows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.calibration.draw import Case, case
from benchmarks.calibration.faults import Target, target
from gradcheck import Layer
from gradcheck.types import Array

AXES = (2, 4)
POINTS = {"ordinary": ("ordinary",), "badly scaled": ("scaled", "uneven", "offset")}
"""Two sets of points: standard normal values, and magnitudes from 1e-8 to 1e8 or far from zero."""


@dataclass(frozen=True)
class Place:
    """A case, the positions of its differentiable inputs, and the entry that an error goes to."""

    drawn: Case
    active: tuple[int, ...]
    at: Target


def place(points: str, seed: int, index: int) -> Place | None:
    """Return one place of a set of points; None where there is no gradient to be wrong."""
    drawn = case(seed, index, POINTS[points], AXES, ("float64",))
    # An oracle would give every fault away, and a trait is more than the peers are told.
    drawn = replace(drawn, family=replace(drawn.family, layer=_plain(drawn.layer)))
    rng = np.random.default_rng([seed, index, 1])
    names = drawn.layer.input_names(len(drawn.primals))
    active = tuple(i for i, name in enumerate(names) if name not in drawn.layer.constants)
    if not _finite(drawn):
        return None
    at = target(drawn, active, rng)
    return None if at is None else Place(drawn, active, at)


def _plain(layer: Layer) -> Layer:
    return replace(layer, oracle=None, traits=())


def _finite(drawn: Case) -> bool:
    y: Array = np.asarray(drawn.layer.forward(*drawn.primals, **drawn.options))
    return bool(y.size and np.all(np.isfinite(y)))
