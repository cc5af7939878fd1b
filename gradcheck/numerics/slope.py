"""The slope of a function along a line, with its error, its one-sided slopes and its noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck.numerics.extrapolation import Fit
from gradcheck.numerics.ladder import Ladder, climb
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import Noise, measure_noise
from gradcheck.numerics.one_sided import OneSidedSlopes, fit_sides, inward_slope
from gradcheck.types import Rng


@dataclass(frozen=True)
class Slope:
    """The slope of φ along a line: by how much that of ⟨ȳ, f⟩ exceeds the expected one.

    Parameters
    ----------
    line
        The line along which it was measured; at the edge of a domain, one that leads inside.
    noise
        The rounding noise there.
    fit
        The slope and its error, one of each.
    ladder
        The central differences that it was read from; None at an edge, where there is one side only.
    """

    line: Line
    noise: Noise
    fit: Fit
    ladder: Ladder | None

    @property
    def value(self) -> float:
        """The slope."""
        return float(self.fit.value[0])

    @property
    def error(self) -> float:
        """Its error, infinite where no step size gives a slope."""
        return float(self.fit.error[0])

    @cached_property
    def sides(self) -> OneSidedSlopes | None:
        """The one-sided slopes, or None where there is only one side."""
        return None if self.ladder is None else fit_sides(self.ladder)


def measure_slope(line: Line, rng: Rng) -> Slope:
    """Measure the slope along a line.

    Parameters
    ----------
    line
        Through a `Neighbourhood` of any function of one array.
    rng
        Draws jitters and the first step: the same state gives the same slope.
    """
    return settle_slope(line, measure_noise(line, rng), rng)


def settle_slope(line: Line, noise: Noise, rng: Rng) -> Slope:
    """Measure the slope along a line on which the noise is known."""
    ladder = climb(line, np.array([noise.forward]), noise.outputs, rng)
    if not ladder.rungs:
        found = inward_slope(line, noise.forward, rng)
        if found is not None:
            return Slope(found[0], noise, found[1], None)
    return Slope(line, noise, ladder.fit, ladder)
