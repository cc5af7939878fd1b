"""Central difference quotients over one step or two: a quick look, where a ladder would cost too much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import dot, widen
from gradcheck.numerics.line import Line, Neighbourhood
from gradcheck.types import Array


@dataclass(frozen=True)
class _EachOutput:
    """A reading of every output by itself, for the step along v as it was meant, not as rounding left it."""

    v: Array

    def quantities(self, change: Array, step: Array, h: float) -> Array:
        lengthened = abs(float(dot(step.ravel(), self.v) / dot(self.v, self.v))) / h
        return np.asarray(change.ravel() / lengthened)

    def sizes(self, y: Array) -> Array:
        return np.abs(widen(y).ravel())

    def choose(self, outputs: Array) -> Array:
        return outputs.ravel()

    def spread(self, chosen: Array) -> Array:
        return chosen


@dataclass(frozen=True)
class Quotient:
    """The central difference quotients of what is read along a line, over one step.

    `slope` is that of both sides together. `bend` is by how much either side's differs from it, which no
    smaller step makes less at a kink. `floor` is what rounding the outputs does to the slope.
    """

    slope: Array
    bend: Array
    floor: Array


def line_of_outputs(near: Neighbourhood, v: Array, entry: int | None = None) -> Line:
    """Return a line on which every output is read by itself; only one flat entry moves, if one is given."""
    if entry is None:
        return Line(near, v, reading=_EachOutput(widen(v).ravel()))
    return Line(near, v, slice(entry, entry + 1), _EachOutput(widen(v).ravel()[entry : entry + 1]))


def divide_difference(line: Line, h: float) -> Quotient | None:
    """Return the quotients over ±h; None where a step leaves the domain, or an output is not finite."""
    rung = line.rung(h)
    if rung is None:
        return None
    return Quotient(rung.mean / h, 0.5 * (rung.plus - rung.minus) / h, rung.floor / h)


def extrapolate(coarse: Quotient, fine: Quotient) -> Array:
    """Return (4 fine − coarse) / 3, from quotients over h and h/2: Richardson's extrapolation.

    Of a smooth map it leaves an error in h⁴: that of a central difference is in h², and goes to a quarter.
    """
    return np.asarray((4.0 * fine.slope - coarse.slope) / 3.0)
