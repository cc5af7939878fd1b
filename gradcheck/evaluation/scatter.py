"""How far rounding moves each entry of a result: inputs move by an ulp, operations round at random."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from gradcheck._util import dot, jitter, max_abs, norm, widen
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.at_random import NoiselessRun
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.trial import Trial
from gradcheck.numerics import FORWARD_SAMPLES, rms_of
from gradcheck.types import Array, Rng

SCATTER_SAMPLES = 8
"""Where rounding moves a result by a whole unit or not at all, a few samples may all be still by chance."""


def pullback_scatter(point: Point, argnum: int) -> Array:
    """Return the largest change of each entry of one derived cotangent, as rounding has it.

    Primals and cotangent are jittered together, so that cancellation inside the pullback shows.
    """
    rng = point.trial.rng("scatter")

    def sample(moved: Trial, rng: Rng) -> Array:
        _, pullback = moved.linearise()
        bar = pullback(jitter(point.y_bar, rng))[argnum]
        assert bar is not None
        return bar

    return largest_change(point.x_bar(argnum), sample, point.trial, rng)


def pullback_rounding(point: Point, argnum: int) -> Array:
    """Return how far rounding may move each entry of one derived cotangent: its scatter, or what is unseen.

    Terms that cancel in every precision, as 1 − p does where p rounds to 1, are moved by no ulp.
    """
    return np.maximum(pullback_scatter(point, argnum), invisible_cotangent(point, argnum))


def invisible_cotangent(point: Point, argnum: int) -> Array:
    """Return, entry by entry, the cotangent whose effect is lost in the rounding of ⟨ȳ, y⟩.

    If the entry of x moved by all of itself (by the root mean square of all, where it is zero), ⟨ȳ, y⟩
    would change by one unit in its last place.
    """
    x = np.abs(widen(point.trial.primals[argnum]))
    typical = norm(x) / np.sqrt(max(x.size, 1)) or 1.0
    cotangent: Array = point.unit * point.size / np.where(x == 0.0, typical, x)
    return cotangent


def forward_scatter(trial: Trial, y: Array) -> Array:
    """Return the largest change of each output, as rounding has it."""
    return largest_change(y, lambda moved, _: moved.forward(), trial, trial.rng("scatter"))


def jitter_primals(trial: Trial, rng: Rng) -> Trial:
    """Return the trial with every differentiable primal moved by at most one ulp."""
    primals = (jitter(x, rng) if i in trial.active else x for i, x in enumerate(trial.primals))
    return trial.at(tuple(primals))


def largest_change(base: Array, sample: Callable[[Trial, Rng], Array], trial: Trial, rng: Rng) -> Array:
    """Return, entry by entry, how far `SCATTER_SAMPLES` results are from `base` at most.

    They are samples of a trial that is moved by an ulp, and rounds at random where the layer lets it.
    """
    change = np.zeros(base.shape)
    rounds, inside = None, 0.0
    for _ in range(SCATTER_SAMPLES):
        jittered, seed = jitter_primals(trial, rng), int(rng.integers(2**63))
        noiseless = NoiselessRun.of(partial(_resample, sample, seed), jittered)
        if noiseless is None:
            continue  # one ulp beyond the edge of the domain: nothing to be learnt there
        if rounds is None:
            rounds = noiseless.keeps_shadows()
            inside = noiseless.unit_inside() if rounds else 0.0
        noisy = noiseless.at_random(rng, inside) if rounds else None
        result = noiseless.value if noisy is None else noisy
        deviation = widen(result) - widen(base)
        change = np.maximum(change, np.where(np.isfinite(deviation), np.abs(deviation), 0.0))
    return change


def _resample(sample: Callable[[Trial, Rng], Array], seed: int, trial: Trial) -> Array:
    return sample(trial, np.random.default_rng(seed))


def slope_rounding(point: Point, argnum: int, v: Array, rng: Rng) -> tuple[float, float]:
    """Measure the noise of ⟨ȳ, f⟩ and of ⟨x̄, v⟩ at one point, where every operation rounds at random.

    It shows what no jitter does: rounding of terms that cancel alike, and of digits that are lost inside.
    Inputs stand still, so that a derived slope which jumps beside them is not taken for a rounded one. Where
    operations can't be made to round at random, inputs move by an ulp, and only the derived slope shows.
    """

    def sample(trial: Trial) -> tuple[Array, Array | None]:
        _, pullback = trial.linearise()
        return trial.forward(), pullback(point.y_bar.copy())[argnum]

    library = point.trial.layer.library
    rounds = library is None or library.rounds_at_random
    noiseless = NoiselessRun.of(sample, point.trial) if rounds else None
    unseen = spread = 0.0
    if noiseless is None or noiseless.loses_shadows():
        spread = _slope_spread(point, argnum, v, rng)
    if noiseless is not None and noiseless.loses_shadows():
        # Of numbers of size one, probabilities are made and sums of them: outputs are rounded as those are.
        largest = max(max_abs(point.trial.primals[i]) for i in point.trial.active)
        unseen = point.eps * min(1.0, largest) * norm(widen(point.y_bar))
    if noiseless is None or not noiseless.keeps_shadows():
        return unseen, spread
    inside = noiseless.unit_inside()
    excesses, changes = [], []
    for _ in range(FORWARD_SAMPLES):
        y, x_bar = noiseless.at_random(rng, inside) or (point.y, None)
        if x_bar is not None:
            excesses.append(float(dot(point.y_bar, _noise_in(y, point.y))))
            changes.append(float(dot(_noise_in(x_bar, point.x_bar(argnum)), v)))
    return max(rms_of(excesses), unseen), max(rms_of(changes), spread)


def _slope_spread(point: Point, argnum: int, v: Array, rng: Rng) -> float:
    """Return how far derived slopes are apart where all inputs move by an ulp.

    That is not how far they are from the one at the point: a formula that is wrong where two inputs are
    equal gives the same right slope at all points beside.
    """
    slopes = []
    for _ in range(SCATTER_SAMPLES):
        try:
            _, pullback = jitter_primals(point.trial, rng).linearise()
            bar = pullback(point.y_bar.copy())[argnum]
        except NothingToLearn:
            continue  # one ulp beyond the edge of the domain
        if bar is not None and np.all(np.isfinite(bar)):
            slopes.append(float(dot(widen(bar), v)))
    return float(np.std(slopes)) if slopes else 0.0


def _noise_in(noisy: Array, value: Array) -> Array:
    """Return by how much noise changes a value: by all of it where the noisy one is not finite."""
    change = widen(noisy) - widen(value)
    return np.where(np.isfinite(change), change, widen(value))


def output_noise(trial: Trial, y: Array, eps: float, rng: Rng) -> Array:
    """Return how far rounding moves every output, by calls at primals that are all moved by an ulp.

    Moving one input alone would miss what cancels among terms of the others.
    """
    level = eps * np.abs(widen(y))
    for _ in range(FORWARD_SAMPLES):
        try:
            moved = jitter_primals(trial, rng).forward()
        except NothingToLearn:
            continue
        if moved.shape == y.shape and np.all(np.isfinite(moved)):
            level = np.maximum(level, np.abs(widen(moved) - widen(y)))
    return np.asarray(level / np.sqrt(2.0))
