"""How far rounding alone moves a result: inputs are jittered by one unit in the last place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, jitter, norm, widen
from gradcheck.errors import NothingToLearn
from gradcheck.numerics.line import Line, Neighbourhood, evaluate
from gradcheck.types import Array, Rng

FORWARD_SAMPLES = 6
PULLBACK_SAMPLES = 4
SINGLE = 2.0**-23
"""The rounding unit of single precision."""
QUIET = 2.0**-4
"""Less noise than this part of the rounding unit is less than numbers of size 1 have, and is looked for
further away. Half of it leaves more unseen where outputs are small; twice as much asks where they are not."""
GRAIN_POINTS = 7
"""Points in a row, x the first of them, whose fourth differences show how rough a function is: three of them.
One point less leaves two, which are both small by chance now and then; twice as many tell the same."""
GRAIN_STEPS = (0.93e-6, -1.27e-6)
"""Their distance to one side and to the other, in units of the direction. A smooth function has fourth
differences of 1e-24 there, and one that is rough in units of 1e-16 moves by many of them where its slope is
no less than 1e-9. Half and twice of them are the same; a power of two is not, whose squares are no rounder
than the numbers beside it. Where one distance moves the function by a whole number of units, as happens by
chance, its values lie on a line, and the other distance shows that they are rounded."""
WIDER = (1.0, 2.0**6, 2.0**12, 2.0**17)
"""Where that row shows nothing at all, it is looked for at so many times the distance: the farthest row leads
nearly as far as steps do. In ``log(1 + exp(x))`` at −30 the value moves by one unit of the 1 in every 0.002.
Half and twice of these factors are the same; without the last, what moves at −35 goes unseen."""
FOURTH = (1.0, -4.0, 6.0, -4.0, 1.0)
"""The coefficients of a fourth difference, which makes √70 of a noise in each value (Moré & Wild, "Estimating
computational noise", SIAM J. Sci. Comput. 33, 2011)."""


@dataclass(frozen=True)
class Noise:
    """Rounding noise at a point: of ⟨ȳ, f⟩, of every output, and of the expected slope ⟨x̄, v⟩."""

    forward: float
    outputs: Array
    expected: float

    def is_quiet(self, eps: float) -> bool:
        """Return whether some output has less noise than numbers of size 1, of which it may be made."""
        return bool(np.any(self.outputs < QUIET * eps))


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


def measure_grain(near: Neighbourhood, v: Array, known: Noise) -> Noise:
    """Return the noise that is known, or more of it that shows further away.

    In ``sqrt(1 + x²) − 1`` near zero the 1 swallows all but a few digits of x², and a neighbour of x gives
    the same number. What shows to one side alone is a kink or a jump, and no noise, unless it is as little
    as rounding makes of numbers of size 1.
    """
    found = []
    for distance in GRAIN_STEPS:
        side = _grain_along(near, distance * v)
        if side is None:
            continue
        found.append(side)
        if np.all((side[1] >= QUIET * near.eps) & (side[1] <= near.eps)):
            break  # it is believed without the other side; where nothing shows, that may be chance
    if not found:
        return known
    forwards, outputs = (np.array(part) for part in zip(*found, strict=True))
    unit = near.eps * float(norm(near.y_bar))
    forward, level = _believe(forwards, unit), _believe(outputs, near.eps)
    return Noise(max(known.forward, float(forward)), np.maximum(known.outputs, level), known.expected)


def _believe(sides: Array, unit: float) -> Array:
    """Return the noise that two sides agree on, or what one of them shows up to a unit."""
    return np.asarray(np.maximum(np.min(sides, axis=0), np.minimum(np.max(sides, axis=0), unit)))


def _grain_along(near: Neighbourhood, step: Array) -> tuple[float, Array] | None:
    """Return the noise of ⟨ȳ, f⟩ and of every output in a row of points; None where f has no value."""
    step, last = _find_moving(near, step)
    between = [near.value(np.asarray(near.x + k * step, near.x.dtype)) for k in range(1, GRAIN_POINTS - 1)]
    rows = [widen(y) - widen(near.y) for y in (near.y, *between, last) if y is not None]
    if len(rows) < GRAIN_POINTS:
        return None
    count = len(FOURTH)
    fourths = [
        np.tensordot(np.array(FOURTH), rows[i : i + count], 1) for i in range(GRAIN_POINTS - count + 1)
    ]
    root = np.linalg.norm(FOURTH)
    outputs = np.sqrt(np.mean(np.square(fourths), axis=0)) / root
    return rms_of([float(dot(near.y_bar, fourth)) for fourth in fourths]) / float(root), outputs


def _find_moving(near: Neighbourhood, step: Array) -> tuple[Array, Array | None]:
    """Return a step, or the first of the `WIDER` ones that moves the function, and the value at its end."""
    first = None
    for factor in WIDER:
        last = near.value(np.asarray(near.x + (GRAIN_POINTS - 1) * factor * step, near.x.dtype))
        if last is None or not np.array_equal(last, near.y):
            return (step, first) if last is None and first is not None else (factor * step, last)
        first = last if first is None else first
    return step, first


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
