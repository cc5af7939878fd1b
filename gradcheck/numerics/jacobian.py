"""∂y/∂x entry by entry, by central differences that know their own error; sparse ones many columns at a time.

A step moves a column's entry of x by ``r`` to either side, where ``x ± r`` are numbers of x's own type:
the step is what rounding left of it, and the same on both sides. All outputs of one call are read.
One direction is measured at a time, so that beside the result (three numbers for each place of the
pattern) the workspace is two outputs for each step of one ladder, at most 54.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck._util import rms, signed, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Trial, moved_by_an_ulp
from gradcheck.numerics.ascent import Sides, Slopes, slopes
from gradcheck.numerics.ladder import most_rungs
from gradcheck.numerics.noise import FORWARD_SAMPLES
from gradcheck.numerics.pattern import Pattern
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class Jacobian:
    """∂y/∂x, of the shape of y and then of x.

    Parameters
    ----------
    value, error
        The entries and their error bars; the bar is infinite where no step size settles the entry,
        as at the edge of the domain.
    jump
        By how many error bars the one-sided derivatives differ: at a kink, many.
    """

    value: Array
    error: Array
    jump: Array


@dataclass(frozen=True)
class Steps:
    """Steps from x in one input, and how far the outputs move."""

    trial: Trial
    block: int
    y: Array
    noise: Array
    eps: float

    @classmethod
    def of(cls, trial: Trial, block: int, y: Array, rng: Rng) -> Steps:
        """Measure how far rounding moves every output, by calls at primals that are all moved by an ulp.

        Moving the one input would miss what cancels among terms of the others.
        """
        base = wide(y).ravel()
        eps = max(float(np.finfo(d).eps) for d in {y.dtype, *(trial.primals[i].dtype for i in trial.active)})
        level = eps * np.abs(base)
        for _ in range(FORWARD_SAMPLES):
            moved = _forward(moved_by_an_ulp(trial, rng), y)
            if moved is not None:
                level = np.maximum(level, np.abs(moved - base))
        return cls(trial, block, y, level / np.sqrt(2.0), eps)

    @property
    def spans(self) -> Array:
        """How far each entry moves for a step of 1: its own size, or the input's where that is larger."""
        x = wide(self.trial.primals[self.block]).ravel()
        spread = rms(x) or 1.0
        return np.maximum(np.abs(x), spread)

    def realised(self, v: Array) -> Array | None:
        """Return what rounding leaves of a move v, alike to both sides; None where one leaves the domain.

        It is rounded on the side away from zero, where numbers are further apart.
        """
        x = self.trial.primals[self.block].ravel()
        outward = np.where(x < 0.0, -np.abs(v), np.abs(v))
        r = np.abs((x + outward.astype(x.dtype)) - x)
        low, high = self.trial.bounds(self.block)
        moves = v != 0.0
        if np.any((r == 0.0) & moves) or not np.all(np.isfinite(r)):
            return None
        if np.any(moves & ((x - r < low) | (x + r > high))):
            return None
        return np.asarray(np.where(v < 0.0, -r, r))

    def both(self, r: Array) -> tuple[Array, Array] | None:
        """Return the outputs at x + r and at x − r, flat; None where either is not finite or raises."""
        x = self.trial.primals[self.block]
        shaped = r.reshape(x.shape)
        up = _forward(self.trial.replaced(self.block, x + shaped), self.y)
        down = None if up is None else _forward(self.trial.replaced(self.block, x - shaped), self.y)
        return None if up is None or down is None else (up, down)

    def along(
        self, v: Array, answers: Callable[[Array, float, Array], Array], rows: Array, rng: Rng
    ) -> Slopes:
        """Return the slopes of some outputs along v; `answers` turns a change by r into what is fitted."""
        base = wide(self.y).ravel()[rows]

        def sides(h: float) -> Sides | None:
            r = self.realised(h * v)
            ends = None if r is None else self.both(r)
            if r is None or ends is None:
                return None
            up, down = (end[rows] for end in ends)
            size, change = (
                np.maximum(np.abs(up), np.abs(down)),
                np.maximum(np.abs(up - base), np.abs(down - base)),
            )
            r = wide(r)
            return Sides(answers(up - base, h, r), -answers(down - base, h, -r), size, change)

        most = most_rungs(self.trial.primals[self.block].dtype)
        return slopes(sides, self.noise[rows], self.eps, most, rng)


def _forward(trial: Trial, y: Array) -> Array | None:
    try:
        moved = trial.forward()
    except (LayerRaised, BrokenContract, CannotVerify):
        return None
    return wide(moved).ravel() if moved.shape == y.shape and np.all(np.isfinite(moved)) else None


def measured_jacobian(trial: Trial, block: int) -> Jacobian:
    """Return ∂y/∂x of one input, measured column by column.

    Parameters
    ----------
    trial
        The layer at an example.
    block
        Which of its inputs.

    Raises
    ------
    LayerRaised, BrokenContract, CannotVerify
        As `Trial.forward` does, at the example itself.
    """
    y, x = trial.forward(), trial.primals[block]
    rng = trial.rng("jacobian")
    entries = measured_entries(Steps.of(trial, block, y, rng), Pattern.full((y.size, x.size)), rng)
    shape = (*y.shape, *x.shape)
    return Jacobian(*(part.reshape(shape) for part in (entries.value, entries.error, entries.jump)))


def measured_entries(steps: Steps, pattern: Pattern, rng: Rng) -> Slopes:
    """Return the entries of ∂y/∂x in the places of a pattern, one group of its columns at a time.

    Whether the pattern has all of the Jacobian is not asked here: see `residual`.
    """
    value, jump = np.zeros(pattern.size), np.zeros(pattern.size)
    error = np.full(pattern.size, np.inf)
    spans = steps.spans
    for places in pattern.groups():
        rows, columns = pattern.rows[places], pattern.columns[places]
        v = np.zeros(pattern.shape[1])
        v[columns] = spans[columns]
        span = spans[columns]

        def per_column(
            change: Array, h: float, r: Array, columns: Array = columns, span: Array = span
        ) -> Array:
            return np.asarray(change * (h * span / np.abs(r[columns])))

        found = steps.along(v, per_column, rows, rng)
        value[places], error[places], jump[places] = found.value / span, found.error / span, found.jump
    return Slopes(value, error, jump)


def residual(steps: Steps, pattern: Pattern, entries: Slopes, rng: Rng) -> Slopes:
    """Return what the measured entries leave of the outputs' slopes along one random dense direction.

    An output that depends on an entry of x outside the pattern leaves more than its error; an
    output with an unsettled entry has an infinite one.
    """
    v = steps.spans * signed((pattern.shape[1],), rng)

    def unexplained(change: Array, h: float, r: Array) -> Array:  # noqa: ARG001 -- the step is in r
        return np.asarray(change - pattern.times(entries.value, r))

    left = steps.along(v, unexplained, np.arange(pattern.shape[0]), rng)
    return Slopes(left.value, left.error + pattern.times(entries.error, np.abs(v)), left.jump)
