"""∂y/∂x entry by entry, by central differences that know their own error; sparse ones many columns at a time.

One direction is measured at a time, so that beside the result (three numbers for each place of the
pattern) the workspace is two outputs for each step of one ladder, at most 54.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradcheck._util import draw_signed, rms, widen
from gradcheck.numerics.colouring import Pattern
from gradcheck.numerics.ladder import Ladder, climb
from gradcheck.numerics.line import Line, Neighbourhood, Reading
from gradcheck.numerics.one_sided import fit_sides
from gradcheck.types import Array, Rng

CURVING = 8.0
"""Rounding units of x by which a smooth slope may move from one side to the other."""


def per_step(changes: Array, steps: Array, meant: Array) -> Array:
    """Return changes as they would be for steps as they were meant: rounding changes their lengths."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(changes * (meant / np.abs(steps)))


@dataclass(frozen=True)
class Entries:
    """Slopes of many outputs.

    Parameters
    ----------
    value, error
        The slopes and their error bars; a bar is infinite where no step size settles the slope,
        as at the edge of the domain.
    jump
        By how many error bars the one-sided slopes differ: at a kink, many.
    """

    value: Array
    error: Array
    jump: Array


@dataclass(frozen=True)
class _Columns:
    """The entries of a group of columns that share no row: each output answers for one of them.

    What rounding left of a column's own step counts, so that the change is told for the step as meant.
    """

    rows: Array
    columns: Array
    span: Array

    def quantities(self, change: Array, step: Array, h: float) -> Array:
        return per_step(change.ravel()[self.rows], step.ravel()[self.columns], h * self.span)

    def sizes(self, y: Array) -> Array:
        return np.abs(widen(y).ravel()[self.rows])

    def choose(self, outputs: Array) -> Array:
        return np.asarray(outputs.ravel()[self.rows])

    def spread(self, chosen: Array) -> Array:
        return chosen


@dataclass(frozen=True)
class _Rest:
    """What entries that are known leave of the change of every output."""

    pattern: Pattern
    values: Array

    def quantities(self, change: Array, step: Array, h: float) -> Array:  # noqa: ARG002 -- the step is in `step`
        return np.asarray(change.ravel() - self.pattern.times(self.values, step.ravel()))

    def sizes(self, y: Array) -> Array:
        return np.abs(widen(y).ravel())

    def choose(self, outputs: Array) -> Array:
        return outputs.ravel()

    def spread(self, chosen: Array) -> Array:
        return chosen


def spans(near: Neighbourhood) -> Array:
    """Return how far each entry moves for a step of 1: its own size, or the input's where that is larger."""
    x = widen(near.x).ravel()
    return np.maximum(np.abs(x), rms(x) or 1.0)


def measure_entries(near: Neighbourhood, noise: Array, pattern: Pattern, rng: Rng) -> Entries:
    """Return the entries of ∂y/∂x in the places of a pattern, one group of its columns at a time.

    Whether the pattern has all of the Jacobian is not asked here: see `measure_rest`.

    Parameters
    ----------
    near
        The function near its point.
    noise
        How far rounding moves each output, of the shape of y.
    pattern
        The places.
    rng
        Draws the steps.
    """
    value, jump = np.zeros(pattern.size), np.zeros(pattern.size)
    error = np.full(pattern.size, np.inf)
    span = spans(near)
    for places in pattern.groups():
        rows, columns = pattern.rows[places], pattern.columns[places]
        v = np.zeros(pattern.shape[1])
        v[columns] = span[columns]
        found = _along(near, v, noise, _Columns(rows, columns, span[columns]), rng)
        value[places], error[places] = found.value / span[columns], found.error / span[columns]
        jump[places] = found.jump
    return Entries(value, error, jump)


def measure_rest(near: Neighbourhood, noise: Array, pattern: Pattern, entries: Entries, rng: Rng) -> Entries:
    """Return what the measured entries leave of the outputs' slopes along one random dense direction.

    An output that depends on an entry of x outside the pattern leaves more than its error; an
    output with an unsettled entry has an infinite one.
    """
    v = spans(near) * draw_signed((pattern.shape[1],), rng)
    left = _along(near, v, noise, _Rest(pattern, entries.value), rng)
    return replace(left, error=left.error + pattern.times(entries.error, np.abs(v)))


def _along(near: Neighbourhood, v: Array, noise: Array, reading: Reading, rng: Rng) -> Entries:
    line = Line(near, v.reshape(near.x.shape), reading=reading)
    level = reading.choose(noise)
    ladder = climb(line, level, level, rng)
    error = np.where(ladder.continuous, ladder.fit.error, np.inf)
    return Entries(ladder.fit.value, error, jumps_in_bars(ladder, near.eps))


def jumps_in_bars(ladder: Ladder, eps: float) -> Array:
    """Return by how many error bars the one-sided slopes differ."""
    sides = fit_sides(ladder)
    bars = sides.jump_error + CURVING * eps * sides.curvature
    known = (bars > 0.0) & np.isfinite(bars)
    return np.divide(np.abs(sides.jump), bars, out=np.zeros_like(bars), where=known)
