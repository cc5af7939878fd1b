"""Σ ȳ ∂f/∂x of any function, entry by entry with few calls: all at once where no entry meets another."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from gradcheck._util import widen
from gradcheck.numerics.jacobian import Entries, jumps_in_bars, per_step
from gradcheck.numerics.ladder import FIRST, climb
from gradcheck.numerics.line import Line, Neighbourhood, evaluate
from gradcheck.numerics.noise import Noise, measure_grain, measure_noise_beside
from gradcheck.numerics.slope import settle_slope
from gradcheck.types import Array, Rng

REACH = 0.25
"""The unit of a ladder, in numbers of size 1 and in the entry where that is larger: the functions that people
differentiate turn over lengths of 1. With 1 a ladder has another rung and sees no more."""
PAIRS = 3
"""Pairs of neighbours at which the noise is measured; of one entry there is one pair."""
FEWEST_SUBSETS = 4
"""Subsets that ask whether entries meet: each entry is in two at least, once moved up and once down."""


@dataclass(frozen=True)
class _OwnOutput:
    """A reading of an elementwise map in some of its places: each entry moves an output of its own."""

    places: Array
    y_bar: Array
    span: Array

    def quantities(self, change: Array, step: Array, h: float) -> Array:
        """Return the changes, weighted, for steps as they were meant: rounding changes their lengths."""
        return per_step(self.y_bar * change.ravel()[self.places], step.ravel()[self.places], h * self.span)

    def sizes(self, y: Array) -> Array:
        return np.asarray(np.abs(self.y_bar * widen(y).ravel()[self.places]))

    def choose(self, outputs: Array) -> Array:
        return np.asarray(outputs.ravel()[self.places])

    def spread(self, chosen: Array) -> Array:
        return np.asarray(np.abs(self.y_bar) * chosen)


def measure_gradient(near: Neighbourhood, rng: Rng) -> Entries:
    """Return the slopes of ⟨ȳ, f⟩ in all entries of x, in their order.

    Of a map that is seen to be elementwise all entries climb one ladder together. An entry whose first
    step leaves the map's domain, or that the common ladder leaves open, climbs one by itself.
    """
    size = near.x.size
    span = REACH * np.maximum(1.0, np.abs(widen(near.x).ravel()))
    found = Entries(np.zeros(size), np.full(size, np.inf), np.zeros(size))
    if near.x.shape == near.y.shape and size > 1:
        _measure_together(near, span, found, rng)
    left = np.flatnonzero(~np.isfinite(found.error))
    if left.size:
        noise = _measure_noise(near, span, PAIRS, rng)
        for entry in left:
            _measure_alone(near, span, int(entry), found, noise, rng)
    _measure_nearer(near, span, found, rng)
    return found


def _measure_nearer(near: Neighbourhood, span: Array, found: Entries, rng: Rng) -> None:
    """Measure small entries whose slope is not even known in sign at their own scale.

    Steps of the size of one jump over a pole that is nearer than that, as of 1/x at 1e-12.
    """
    own = REACH * np.abs(widen(near.x).ravel())
    unknown = (found.error > np.abs(found.value)) & (own > 0.0) & (own < span)
    if not unknown.any():
        return
    again = Entries(*(np.zeros(own.size) for _ in range(3)))
    noise = _measure_noise(near, own, PAIRS, rng)
    for entry in np.flatnonzero(unknown):
        _measure_alone(near, own, int(entry), again, noise, rng)
        if again.error[entry] < np.abs(again.value[entry]):
            found.value[entry], found.error[entry] = again.value[entry], again.error[entry]
            found.jump[entry] = again.jump[entry]


def _measure_noise(near: Neighbourhood, span: Array, pairs: int, rng: Rng) -> Noise:
    """Return the noise beside x, or further away where there is suspiciously little of it.

    What comes of numbers of size 1, as most small outputs do, is as rough as they are.
    """
    noise = measure_noise_beside(near, min(pairs, near.x.size), rng)
    return measure_grain(near, span.reshape(near.x.shape), noise) if noise.is_quiet(near.eps) else noise


def _measure_alone(
    near: Neighbourhood, span: Array, entry: int, found: Entries, noise: Noise, rng: Rng
) -> None:
    slope = settle_slope(Line(near, span.reshape(near.x.shape), slice(entry, entry + 1)), noise, rng)
    moved = float(slope.line.v.ravel()[entry])  # at the edge of a domain it may lead the other way
    found.value[entry], found.error[entry] = slope.value / moved, slope.error / abs(moved)
    if slope.ladder is not None:
        found.jump[entry] = jumps_in_bars(slope.ladder, near.eps)[0]


def _measure_together(near: Neighbourhood, span: Array, found: Entries, rng: Rng) -> None:
    """Measure what can be in a common ladder; nothing, if any entry of x meets another."""
    places = _find_separate(near, span)
    if not places.size:
        return
    v = np.zeros(near.x.size)
    v[places] = span[places]
    y_bar = widen(near.y_bar).ravel()[places]
    reading = _OwnOutput(places, y_bar, span[places])
    level = reading.choose(_measure_noise(near, span, 1, rng).outputs)
    ladder = climb(Line(near, v.reshape(near.x.shape), reading=reading), np.abs(y_bar) * level, level, rng)
    found.value[places] = ladder.fit.value / span[places]
    found.error[places] = np.where(ladder.continuous, ladder.fit.error, np.inf) / span[places]
    found.jump[places] = jumps_in_bars(ladder, near.eps)


def _find_separate(near: Neighbourhood, span: Array) -> Array:
    """Return of an elementwise map where its outputs stay finite over the longest step; no places of others.

    Subsets of the entries move, such that of any two entries there is one in which the first moves and the
    second does not: all are in equally many subsets, and no two in the same. What did not move must come
    out as it was, bit for bit.
    """
    count = FEWEST_SUBSETS
    while math.comb(count, count // 2) < span.size:
        count += 1
    chosen = itertools.islice(itertools.combinations(range(count), count // 2), span.size)
    member = np.zeros((span.size, count), dtype=bool)
    np.put_along_axis(member, np.array(list(chosen)), values=True, axis=1)
    signs = np.where(np.cumsum(member, axis=1) % 2 == 1, 1.0, -1.0)
    inside = np.ones(span.size, dtype=bool)
    for moves, sign in zip(member.T, signs.T, strict=True):
        step = (FIRST[1] * span * sign * moves).astype(near.x.dtype).reshape(near.x.shape)
        y = _call(near, near.x + step)
        if y is None or not np.array_equal(y.ravel()[~moves], near.y.ravel()[~moves]):
            return np.zeros(0, dtype=np.intp)
        inside &= np.isfinite(y).ravel()
    return np.flatnonzero(inside)


def _call(near: Neighbourhood, x: Array) -> Array | None:
    return evaluate(lambda: near.function(x), near.y.shape)
