"""How far rounding alone moves a result: inputs are jittered by one unit in the last place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, jitter, widen
from gradcheck.errors import NothingToLearn
from gradcheck.numerics.line import Line, Neighbourhood, evaluate
from gradcheck.types import Array, Rng

FORWARD_SAMPLES = 6
PULLBACK_SAMPLES = 4
SINGLE = 2.0**-23
"""The rounding unit of single precision."""


@dataclass(frozen=True)
class Noise:
    """Rounding noise at a point: of ⟨ȳ, f⟩, of every output, and of the expected slope ⟨x̄, v⟩."""

    forward: float
    outputs: Array
    expected: float


def measure_noise(line: Line, rng: Rng) -> Noise:
    """Measure the noise along a `Line` by calls at jittered inputs.

    The forward part is the root mean square of ``⟨ȳ, f(x') − f(x)⟩ − ⟨x̄, x' − x⟩`` over jittered x';
    the expected slope's part is that of the change of ⟨x̄, v⟩.
    """
    near = line.near
    forward, level = _forward_noise(near, (jitter(near.x, rng) for _ in range(FORWARD_SAMPLES)), near.eps)
    return Noise(forward, level, _expected_noise(line, rng))


def measure_noise_beside(near: Neighbourhood, pairs: int, rng: Rng) -> Noise:
    """Measure the forward part at pairs of neighbours of x: each entry up or down by a unit, and the reverse.

    One entry has one such pair, so that more samples of it would be calls at the same two numbers.
    """
    forward, level = _forward_noise(near, _pairs_beside(near.x, pairs, rng), near.eps)
    return Noise(forward, level, 0.0)


def _pairs_beside(x: Array, pairs: int, rng: Rng) -> Iterator[Array]:
    near_zero = np.finfo(x.dtype).eps
    for _ in range(pairs):
        # Beside zero numbers are so near that no function tells them apart.
        unit = np.where(x == 0.0, near_zero, np.spacing(x)) * rng.choice([-1.0, 1.0], x.shape)
        yield from (np.asarray(x + unit, x.dtype), np.asarray(x - unit, x.dtype))


def single_noise(line: Line, rng: Rng) -> float:
    """Measure the forward part where f rounds to single precision inside, whatever it takes and returns.

    Its inputs are jittered by units in the last place of a float32.
    """
    near = line.near

    moves = (1.0 + SINGLE * rng.uniform(-1.0, 1.0, near.x.shape) for _ in range(FORWARD_SAMPLES))
    return _forward_noise(near, (np.asarray(near.x * move, near.x.dtype) for move in moves), SINGLE)[0]


def _forward_noise(near: Neighbourhood, jittered: Iterable[Array], eps: float) -> tuple[float, Array]:
    level = eps * np.abs(widen(near.y))
    excesses = []
    for moved in jittered:
        expected = dot(near.x_bar, widen(moved) - widen(near.x))
        change = _change(near, moved)
        if change is None:
            continue  # beyond the edge of the domain: no noise to be learnt there
        level = np.maximum(level, np.abs(change))
        excesses.append(float(dot(near.y_bar, change) - expected))
    return float(max(rms_of(excesses), eps * near.size) / np.sqrt(2.0)), level


def _change(near: Neighbourhood, moved: Array) -> Array | None:
    y = evaluate(lambda: near.function(moved), near.y.shape)
    if y is None:
        return None
    change = widen(y) - widen(near.y)
    return change if np.all(np.isfinite(change)) else None


def _expected_noise(line: Line, rng: Rng) -> float:
    near = line.near
    if near.pull is None:
        return 0.0
    changes = []
    for _ in range(PULLBACK_SAMPLES):
        try:
            x_bar = near.pull(jitter(near.x, rng))
        except NothingToLearn:
            continue
        if np.all(np.isfinite(x_bar)):
            changes.append(float(dot(widen(x_bar), line.v)) - line.predicted)
    return max(rms_of(changes), near.eps * line.scale)


def rms_of(values: list[float]) -> float:
    """Return the root mean square of some numbers, 0 for none."""
    return float(np.sqrt(np.mean(np.square(values)))) if values else 0.0
