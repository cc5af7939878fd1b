"""How far rounding alone moves a result: inputs are jittered by one unit in the last place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Ordinary, Trial
from gradcheck.numerics.line import Line
from gradcheck.types import Array, Rng

FORWARD_SAMPLES = 6
PULLBACK_SAMPLES = 4


@dataclass(frozen=True)
class Noise:
    """Rounding noise at a point: of ⟨ȳ, f⟩, of every output, and of ⟨x̄, v⟩."""

    forward: float
    outputs: Array
    pullback: float


def measure(line: Line, rng: Rng) -> Noise:
    """Measure the noise of a `Line` by calls at jittered inputs.

    The forward part is the root mean square of ``⟨ȳ, f(x') − f(x)⟩ − ⟨x̄, x' − x⟩`` over
    jittered x'; the pullback part that of the change of ⟨x̄, v⟩.
    """
    point = line.point
    level = point.eps * np.abs(wide(point.y))
    excesses = []
    x = point.trial.primals[line.block]
    for _ in range(FORWARD_SAMPLES):
        moved = point.jittered(line.block, rng)
        try:
            y = moved.forward()
        except (LayerRaised, BrokenContract, CannotVerify):
            continue  # one ulp beyond the edge of the domain: no noise to be learnt there
        change = wide(y) - wide(point.y)
        if not np.all(np.isfinite(change)):
            continue
        level = np.maximum(level, np.abs(change))
        step = wide(moved.primals[line.block]) - wide(x)
        excesses.append(float(dot(point.y_bar, change) - dot(line.x_bar, step)))
    forward = max(_rms(excesses), point.eps * point.size) / np.sqrt(2.0)
    return Noise(float(forward), level, _pullback_noise(line, rng))


def _pullback_noise(line: Line, rng: Rng) -> float:
    changes = []
    for _ in range(PULLBACK_SAMPLES):
        try:
            _, pullback = line.point.jittered(line.block, rng).linearise()
            x_bar = pullback(line.point.y_bar.copy())[line.block]
        except (LayerRaised, BrokenContract, CannotVerify):
            continue
        if x_bar is not None and np.all(np.isfinite(x_bar)):
            changes.append(float(dot(wide(x_bar), line.v)) - line.predicted)
    return max(_rms(changes), line.point.eps * line.scale)


def rounded_at_random(line: Line, rng: Rng) -> tuple[float, float]:
    """Measure the noise of ⟨ȳ, f⟩ and of ⟨x̄, v⟩ at one point, where every operation rounds at random.

    It shows what no jitter does: rounding of terms that cancel alike, and of digits that are lost inside.
    Inputs stand still, so that a derived slope which jumps beside them is not taken for a rounded one.
    """
    point = line.point

    def sample(trial: Trial) -> tuple[Array, Array | None]:
        _, pullback = trial.linearise()
        return trial.forward(), pullback(point.y_bar.copy())[line.block]

    ordinary = Ordinary.of(sample, point.trial)
    excesses, changes = [], []
    for _ in range(0 if ordinary is None else FORWARD_SAMPLES):
        assert ordinary is not None
        y, x_bar = ordinary.at_random(rng) or (point.y, None)
        if x_bar is not None:
            excesses.append(float(dot(point.y_bar, _change(y, point.y))))
            changes.append(float(dot(_change(x_bar, line.x_bar), line.v)))
    return _rms(excesses), _rms(changes)


def _change(noisy: Array, value: Array) -> Array:
    """Return by how much noise changes a value: by all of it where the noisy one is not finite."""
    change = wide(noisy) - wide(value)
    return np.where(np.isfinite(change), change, wide(value))


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values else 0.0
