"""A derived slope measured along one line: by the screen, by the ladder, and with rounding inside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradcheck.evaluation import Point, Trial, slope_rounding
from gradcheck.judging.tolerance import (
    Comparison,
    Reason,
    compare_rounded,
    compare_screen,
    compare_slope,
    compare_to_accuracy,
)
from gradcheck.numerics import (
    Line,
    Noise,
    Scaling,
    Slope,
    direction,
    fit_slopes,
    measure_slope,
    quantum_noise,
    rounding_unit,
    screen_line,
    settle_slope,
    single_noise,
    storage_noise,
)
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class Measurement:
    """A measurement, compared.

    Parameters
    ----------
    point, argnum
        Where, and of which input.
    line
        Along which line; at the edge of a domain, one that leads inside.
    comparison
        What it says.
    slope
        What was measured; None where the screen was enough.
    is_along_given
        Whether the direction was given, so that only its entries are meant.
    rounding
        The noise of forward where every operation rounds at random; 0 where that was not asked, or not seen.
    """

    point: Point
    argnum: int
    line: Line
    comparison: Comparison
    slope: Slope | None = None
    is_along_given: bool = False
    rounding: float = 0.0

    @property
    def unit(self) -> float:
        """The rounding unit of the largest number that forward is known to handle, 1 among them."""
        return self._unit(self.point.eps)

    @property
    def unit_inside(self) -> float:
        """The same where forward computes in single precision inside, whatever it takes and returns."""
        return self._unit(max(self.point.eps, float(np.finfo(np.float32).eps)))

    def _unit(self, eps: float) -> float:
        trial = self.point.trial
        return rounding_unit(eps, [self.point.y, *(trial.primals[i] for i in trial.active)])


def measure(point: Point, argnum: int, rng: Rng, v: Array | None = None) -> Measurement:
    """Measure along one direction: by the screen first, by the ladder where that is not enough.

    Without `v`, a random direction; other scalings of it are tried while the result is weak.
    """
    near = point.near(argnum)
    for scaling in Scaling:
        line = Line(near, direction(near, rng, scaling) if v is None else v)
        passed = compare_screen(line, screen_line(line, rng))
        if passed is not None:
            return Measurement(point, argnum, line, passed, is_along_given=v is not None)
        measured = replace(measure_by_ladder(point, argnum, line, rng), is_along_given=v is not None)
        if v is not None or measured.comparison.reason not in (Reason.WEAK, Reason.UNRESOLVED):
            break
    return measured


def measure_again(measured: Measurement, there: Trial, rng: Rng) -> Measurement:
    """Measure what was measured at another trial, along a fresh direction and with a fresh cotangent.

    Entries and outputs that were left out stay out.
    """
    point, argnum = Point.of(there, rng, measured.point.y_bar), measured.argnum
    if not measured.is_along_given:
        return measure(point, argnum, rng)
    v = direction(point.near(argnum), rng)
    return measure(point, argnum, rng, np.where(measured.line.v != 0.0, v, 0.0))


def measure_by_ladder(
    point: Point, argnum: int, line: Line, rng: Rng, noise: Noise | None = None
) -> Measurement:
    """Measure along a line by the ladder alone, which sees more than the screen asks for.

    The noise along it is measured too, if it is not known.
    """
    slope = measure_slope(line, rng) if noise is None else settle_slope(line, noise, rng)
    comparison = compare_slope(slope)
    if slope.ladder is None and np.array_equal(slope.line.v, -line.v):
        # At an edge it was measured the other way: tell it along the direction that was asked for.
        comparison = replace(comparison, derived=-comparison.derived, error=-comparison.error)
    comparison = _compare_as_declared(point, argnum, slope, comparison)
    measured = Measurement(point, argnum, slope.line, comparison, slope)
    if comparison.agrees or not rounds_to_single(measured):
        return measured
    # Below the resolution of single precision inside, everything stands still, and every slope is zero.
    assert slope.ladder is not None
    stored = storage_noise(slope.line, slope.ladder.steps)  # of a type that is narrower still
    coarse = refit(slope, max(single_noise(slope.line, rng), stored))
    comparison = compare_slope(coarse)
    if comparison.agrees:
        comparison = replace(comparison, reason=Reason.SINGLE)
    return replace(measured, comparison=comparison, slope=coarse)


def _compare_as_declared(point: Point, argnum: int, slope: Slope, comparison: Comparison) -> Comparison:
    """Compare again within what repeated calls may differ by, and within the accuracy of the input."""
    layer = point.trial.layer
    words, accuracy = layer.accuracy_of(point.trial.names[argnum])
    unsteady = layer.nondeterministic_words, layer.nondeterministic, Reason.UNSTEADY
    for declared, tolerance, reason in (unsteady, (words, accuracy, Reason.ACCURATE)):
        if comparison.agrees or not tolerance > 0.0:
            continue
        # As it was measured first: a forward that is smooth, only not exact, has none of that noise.
        comparison = compare_to_accuracy(slope, comparison, tolerance, reason)
        if slope.ladder is not None:
            coarse = refit(slope, tolerance * slope.line.near.size)
            comparison = compare_to_accuracy(coarse, comparison, tolerance, reason)
        if comparison.agrees:
            # What the noise of repeated calls leaves of a slope says nothing of how far they are apart.
            gap = min(abs(comparison.error) / slope.line.scale, tolerance)
            point.trial.tolerate(gap if reason is Reason.ACCURATE else 0.0, declared)
    return comparison


def rounds_to_single(measured: Measurement) -> bool:
    """Return whether outputs stand still at steps that single precision inside does not see."""
    slope = measured.slope
    if slope is None or slope.ladder is None:
        return False
    units = measured.unit, measured.unit_inside
    own, inside = (quantum_noise(slope.ladder, slope.line, unit) for unit in units)
    return inside > own


def measure_with_rounding(measured: Measurement, rng: Rng) -> Measurement:
    """Measure anew with the noise that shows when every operation rounds at random.

    Steps at which digits lost inside stand still look quiet to every jitter, and are no measurement.
    """
    line, slope = measured.line, measured.slope
    forward, expected = slope_rounding(measured.point, measured.argnum, line.v, rng)
    refitted = None
    if slope is not None and (slope.ladder is not None or forward > slope.noise.forward):
        slope = refitted = with_noise(slope, forward, rng)
    comparison = compare_rounded(line, measured.comparison, refitted, expected)
    return replace(measured, comparison=comparison, slope=slope, rounding=forward)


def with_noise(slope: Slope, noise: float, rng: Rng) -> Slope:
    """Return a slope with a noise that was not known: fitted anew, or measured where there is no ladder."""
    if slope.ladder is not None:
        return refit(slope, noise)
    return settle_slope(slope.line, replace(slope.noise, forward=noise), rng)


def refit(slope: Slope, noise: float) -> Slope:
    """Return a slope fitted anew, with a noise that was not known when it was measured."""
    assert slope.ladder is not None
    sigma = np.maximum(slope.ladder.sigma, noise)
    if not slope.ladder.rungs:
        return slope
    fit = fit_slopes(slope.ladder.rungs, sigma)
    return replace(slope, fit=fit, ladder=replace(slope.ladder, sigma=sigma, fit=fit))
