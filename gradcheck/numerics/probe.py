"""The cheap look: two small steps that can say "agrees", and never "wrong"."""

from __future__ import annotations

from dataclasses import dataclass

from gradcheck.numerics.extrapolation import RATIO
from gradcheck.numerics.line import Line
from gradcheck.types import Rng


@dataclass(frozen=True)
class Probe:
    """The larger excess slope of two steps, and the rounding noise of a slope at the smaller one."""

    apart: float
    noise: float


def probe(line: Line, rng: Rng) -> Probe | None:
    """Compare derived and measured slope at two steps; None off the domain. 4 forward calls.

    Near h = eps^(1/3) truncation and rounding of a central difference are alike.
    """
    h = float(rng.uniform(0.5, 1.0)) * line.point.eps ** (1.0 / 3.0)
    larger, smaller = line.rung(h), line.rung(h / RATIO)
    if larger is None or smaller is None:
        return None
    apart = max(abs(larger.mean) / larger.h, abs(smaller.mean) / smaller.h)
    return Probe(apart, smaller.floor / smaller.h)
