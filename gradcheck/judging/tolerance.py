"""The only home of a tolerance: a measurement, held against its own error, becomes a comparison.

A comparison that differs is a suspicion, not a verdict. Every constant here belongs to the harness, none to
a test; docs/numerics.md says what each of them costs in false alarms and in missed errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gradcheck._util import max_abs, max_abs_difference, widen
from gradcheck.numerics import (
    HALF_BITS,
    HALF_SPACING,
    QUANTA,
    Line,
    Noise,
    Screen,
    Slope,
    still_rungs,
    unit_of_bits,
)
from gradcheck.types import Array

K = 8.0
"""Error bars within which a derived slope counts as right."""
SCREEN_TARGET = 1e-8
"""The screen may pass a gradient only if it would have seen this relative error."""
SCREEN_MARGIN = 8.0
"""Rounding of a slope, as many times as this, counts as seen by the screen."""
WEAK = 0.05
"""A measurement that would not see a relative error of this size verifies nothing."""
VACUOUS = 1000.0
"""A slope below this many rounding units of the output is no slope."""
ZERO_UNITS = 8.0
"""A derived slope of no more rounding units of the output than this is zero."""
JUMPING = 1e-3
"""A derived slope that moves by this part when x moves by one ulp sits on a kink."""
LOST = 1e3
"""Forward has lost its digits if it moves by so many times as much as one ulp of the inputs can move it. Half
of it is near sums of many terms; twice as much takes noise for kinks where three digits are lost."""
STILL = 3
"""Rungs without any move that make a standstill."""
ROUNDING = 64.0
"""Rounding units by which two ways to compute the same number may differ."""


class Reason(StrEnum):
    """What one measurement says, in more detail than a verdict."""

    AGREES = "agrees"
    NOISY = "noisy"
    SINGLE = "single"
    PRECISION = "precision"
    ROUNDED = "rounded"
    DIFFERS = "differs"
    VACUOUS = "vacuous"
    DETACHED = "detached"
    WEAK = "weak"
    UNRESOLVED = "unresolved"
    SUSPECT = "suspect"
    ISOLATED = "isolated"
    KINK = "kink"
    KINK_INSIDE = "kink-inside"
    KINK_OUTSIDE = "kink-outside"
    ACCURATE = "accurate"
    UNSTEADY = "unsteady"
    STEPS = "steps"
    ZERO = "zero"


AGREEING = (
    Reason.AGREES,
    Reason.NOISY,
    Reason.SINGLE,
    Reason.PRECISION,
    Reason.KINK_INSIDE,
    Reason.ACCURATE,
    Reason.UNSTEADY,
)
SENTENCES = {
    Reason.AGREES: "",
    Reason.NOISY: "digits are lost inside of the layer here, so the measurement is coarse",
    Reason.SINGLE: (
        "it computes in float32 inside, or loses as many digits, and is measured at that precision"
    ),
    Reason.PRECISION: "derived and numerical slope agree in extended precision only: both lose digits here",
    Reason.ROUNDED: (
        "derived and numerical slope differ by no more than rounding does: the slope loses its digits here"
    ),
    Reason.DIFFERS: "derived and numerical slope differ",
    Reason.VACUOUS: (
        "nothing differentiable reached: beside the rounding of the output both slopes are zero, as they are "
        "for the sum of a softmax, or below a large constant that is added: leave that out"
    ),
    Reason.DETACHED: (
        "detached: forward does not change at all when it changes, and the derived slope is zero"
    ),
    Reason.WEAK: "too noisy: a relative error of 5 % would not have been seen",
    Reason.UNRESOLVED: "forward could not be resolved: no step size gives a settled slope",
    Reason.SUSPECT: "derived and numerical slope differ along one direction, but not along another",
    Reason.ISOLATED: "derived and numerical slope differ at this point, but not 0.1 % beside it",
    Reason.KINK: "this point sits on a kink, where the one-sided slopes differ",
    Reason.KINK_INSIDE: "this point sits on a kink; the derived slopes lie between the one-sided ones",
    Reason.KINK_OUTSIDE: (
        "this point sits on a kink, and the derived slope lies outside the one-sided slopes: "
        "wrong, unless several kinks meet here"
    ),
    Reason.ACCURATE: "derived and numerical slope agree to the accuracy that is declared",
    Reason.UNSTEADY: "derived and numerical slope agree as far as repeated calls do, as is declared",
    Reason.STEPS: (
        "forward moves in steps, so it has no derivative to compare with: check it without the rounding"
    ),
    Reason.ZERO: "derived and numerical slope are both zero here",
}


@dataclass(frozen=True)
class Comparison:
    """One measurement held against its own error.

    Parameters
    ----------
    reason
        What it says.
    derived
        The derived slope.
    error
        Numerical minus derived slope.
    uncertainty, allowed
        The measurement's own error, and what `error` may be.
    sensitivity
        The relative error that would have been seen.
    screened
        Of a screen, how far apart it found the slopes, as a part of what it may pass.
    """

    reason: Reason
    derived: float
    error: float
    uncertainty: float
    allowed: float
    sensitivity: float
    screened: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether derived and numerical slope agree."""
        return self.reason in AGREEING

    @property
    def differs(self) -> bool:
        """Whether they differ: a suspicion, which an excuse may explain."""
        return self.reason is Reason.DIFFERS

    @property
    def ratio(self) -> float | None:
        """The difference found as a part of what is allowed; None where an excuse, or nothing, was found."""
        if (
            self.reason not in (Reason.AGREES, Reason.NOISY, Reason.SINGLE, Reason.DIFFERS)
            or not self.allowed > 0.0
        ):
            return None
        return max(self.screened, float(abs(self.error) / self.allowed))


def compare_screen(line: Line, screen: Screen | None) -> Comparison | None:
    """Return agreement where the screen alone shows it finely enough, else None. It never differs."""
    if screen is None or line.scale <= VACUOUS * line.near.eps * line.near.size:
        return None
    if not np.isfinite(line.scale) or not SCREEN_TARGET * line.scale > 0.0:
        return None  # what can't be represented can't be compared
    visible = screen.excess + SCREEN_MARGIN * screen.noise
    if not visible <= SCREEN_TARGET * line.scale:
        return None
    screened = float(screen.excess / (SCREEN_TARGET * line.scale))
    # What is smaller than the target passes, however near the two may be here.
    sensitivity = relative_to_slope(SCREEN_TARGET * line.scale, line.predicted, line.scale)
    return Comparison(Reason.AGREES, line.predicted, 0.0, screen.noise, visible, sensitivity, screened)


def compare_slope(slope: Slope) -> Comparison:
    """Hold a measured slope against its own error."""
    line, ladder = slope.line, slope.ladder
    if not np.isfinite(slope.error):
        return Comparison(Reason.UNRESOLVED, line.predicted, np.nan, np.inf, np.inf, np.inf)
    comparison = compare_to_bar(line, slope.value, slope.error, slope.noise)
    if ladder is None:
        return comparison
    if not line.scale > 0.0 and abs(slope.value) <= comparison.allowed:
        # Only the slopes around a stationary point tell whether the derived one jumps, as on a kink.
        steepest = max((max_abs(rung.change) / rung.h for rung in ladder.rungs), default=0.0)
        is_smooth = slope.noise.expected <= JUMPING * steepest
        comparison = replace(comparison, reason=Reason.ZERO) if is_smooth else comparison
    if comparison.reason in (Reason.ZERO, Reason.VACUOUS) and not any(
        rung.change.any() for rung in ladder.rungs
    ):
        return replace(comparison, reason=Reason.DETACHED)
    if comparison.reason in (Reason.AGREES, Reason.DIFFERS) and not np.all(ladder.continuous):
        return replace(comparison, reason=Reason.UNRESOLVED)
    return comparison


def compare_to_bar(line: Line, error: float, bar: float, noise: Noise) -> Comparison:
    """Hold one slope error against its bar."""
    uncertainty = bar + noise.expected
    allowed = K * uncertainty
    sensitivity = _sensitivity(line, allowed)
    if abs(error) > allowed or jumps(line, noise):
        reason = Reason.DIFFERS
    elif line.scale <= ZERO_UNITS * line.near.eps * line.near.size:
        reason = Reason.ZERO
    elif line.scale <= VACUOUS * line.near.eps * line.near.size:
        reason = Reason.VACUOUS
    else:
        reason = Reason.AGREES if sensitivity <= WEAK else Reason.WEAK
    return Comparison(reason, line.predicted, error, uncertainty, allowed, sensitivity)


def compare_sides(slope: Slope, comparison: Comparison) -> Comparison:
    """Turn a suspicion into KINK or KINK_OUTSIDE where the one-sided slopes differ.

    Where only the derived slope jumps, and forward is smooth, the jump is no excuse: the
    derived slope is then compared as if it did not.
    """
    line, noise, sides = slope.line, slope.noise, slope.sides
    is_jumping = jumps(line, noise)
    if sides is None or not sides.are_known:
        return replace(comparison, reason=Reason.KINK) if is_jumping else comparison
    jump, curvature = abs(float(sides.jump[0])), float(sides.curvature[0])
    # A smooth slope moves too when x moves by one ulp: by the curvature times that.
    curving = ROUNDING * line.near.eps * curvature
    if jump > K * float(sides.jump_error[0]) + curving:
        if sides.contain_zero(K):
            return replace(comparison, reason=Reason.KINK)
        nearest = min(float(sides.below[0]), float(sides.above[0]), key=abs)
        bar = float(sides.error[0])
        return Comparison(Reason.KINK_OUTSIDE, comparison.derived, nearest, bar, K * bar, np.inf)
    if not is_jumping:
        return comparison
    steady = replace(comparison, uncertainty=comparison.uncertainty - noise.expected)
    steady = replace(steady, allowed=K * (steady.uncertainty + line.near.eps * line.scale + curving))
    if abs(steady.error) > steady.allowed:
        return steady
    vacuous = line.scale <= VACUOUS * line.near.eps * max(line.near.size, curvature)
    return replace(comparison, reason=Reason.VACUOUS if vacuous else Reason.KINK)


def compare_rounded(line: Line, comparison: Comparison, slope: Slope | None, expected: float) -> Comparison:
    """Compare again with noise of the expected slope that was not known, and a slope fitted anew."""
    error, uncertainty = comparison.error, comparison.uncertainty
    if slope is not None and np.isfinite(slope.error):
        error, uncertainty = slope.value, slope.error
    uncertainty += expected
    allowed = K * uncertainty
    sensitivity = _sensitivity(line, allowed)
    reason = Reason.DIFFERS
    if abs(error) <= allowed:
        reason = Reason.NOISY if sensitivity <= WEAK else Reason.ROUNDED
    return Comparison(reason, line.predicted, error, uncertainty, allowed, sensitivity)


def compare_still(slope: Slope, comparison: Comparison, unit: float) -> Comparison:
    """Turn a suspicion into VACUOUS where outputs stand still and the derived slope moves them too little.

    Too little is less than what shows next to a 1 inside of forward; `unit` is its rounding unit there.
    """
    assert slope.ladder is not None
    still = still_rungs(slope.ladder)
    if len(still) < STILL or abs(slope.line.predicted) * still[0].h > QUANTA * unit:
        return comparison
    return replace(comparison, reason=Reason.VACUOUS)


def compare_to_accuracy(
    slope: Slope, comparison: Comparison, accuracy: float, reason: Reason = Reason.ACCURATE
) -> Comparison:
    """Compare again where forward, or its gradient, is declared to be of this relative accuracy only.

    What agrees already, and what does not agree within it either, stays as it is; what does has `reason`.
    """
    line = slope.line
    if comparison.agrees or not np.isfinite(slope.error) or not line.scale > 0.0:
        return comparison
    uncertainty = slope.error + slope.noise.expected
    allowed = K * uncertainty + accuracy * line.scale
    sensitivity = _sensitivity(line, allowed)
    if abs(slope.value) > allowed or _sensitivity(line, K * uncertainty) > WEAK:
        return comparison
    return Comparison(reason, line.predicted, slope.value, uncertainty, allowed, sensitivity)


def jumps(line: Line, noise: Noise) -> bool:
    """Return whether the derived slope itself jumps when the input moves by one ulp.

    Forward is as exact at a kink as elsewhere: where it moves by far more than an ulp of the inputs can move
    it, digits are lost, and in a derived slope too.
    """
    near = line.near
    exact = near.eps * (near.size + float(np.sum(np.abs(near.x_bar * widen(near.x)))))
    is_lost = noise.forward > LOST * exact
    return noise.expected > max(JUMPING * line.scale, VACUOUS * near.eps * near.size) and not is_lost


def _sensitivity(line: Line, allowed: float) -> float:
    return relative_to_slope(allowed, line.predicted, line.scale)


def relative_to_slope(visible: float, slope: float, scale: float) -> float:
    """Return the relative error of a gradient that shows in its slope as much as is visible.

    Where terms of the slope cancel by chance, so do those of an error: a factor in all of them shows in what
    is left.
    """
    left = min(scale, abs(slope))
    return float(visible / left) if 0.0 < left < np.inf else np.inf


@dataclass(frozen=True)
class Agreement:
    """Two computations of one array, compared entry by entry."""

    agree: bool
    index: tuple[int, ...]
    allowed: float
    wrong: int
    sensitivity: float
    ratio: float


def are_within_rounding(value: Array, reference: Array, eps: float, factor: float = 1.0) -> bool:
    """Return whether two arrays of one shape agree without a measurement of their scatter.

    Nothing is called then, so that `value` may be memory into which other calls write.
    """
    furthest, size = max_abs_difference(value, reference, factor)
    return furthest <= _allow_rounding(size, reference, eps, factor)


def _allow_rounding(size: float, reference: Array, eps: float, factor: float) -> float:
    kind = reference.dtype if reference.dtype.kind in "fc" else np.float64  # a wrong one may be whole numbers
    least = float(np.finfo(kind).tiny)
    if eps >= unit_of_bits(HALF_BITS):
        # Numbers of float16 come as float32, and its smallest ones are far apart.
        least = max(least, HALF_SPACING * max(1.0, abs(factor)))
    return ROUNDING * (eps * size + least)


def compare_arrays(
    value: Array,
    reference: Array,
    scatter: Callable[[], Array],
    eps: float,
    terms: float = 0.0,
    factor: float = 1.0,
) -> Agreement:
    """Compare two finite arrays of one shape, entry by entry, within what rounding can explain.

    Parameters
    ----------
    value, reference
        The arrays.
    scatter
        Measures how far one-ulp changes of the inputs move entries; called only if rounding is too small.
    eps
        The rounding unit in which the arrays were computed.
    terms
        The largest magnitude that was added up to make the entries, where that is not seen in them.
    factor
        How many times the reference the value should be.
    """
    furthest, most = max_abs_difference(value, reference, factor)
    size = max(most, terms)
    rounding = _allow_rounding(size, reference, eps, factor)
    if furthest <= rounding:
        sensitivity = rounding / size if size > 0.0 else np.inf
        return Agreement(True, (), 0.0, 0, sensitivity, furthest / rounding if rounding > 0.0 else 0.0)
    apart = np.abs(widen(value) - factor * widen(reference))
    allowed = rounding + ROUNDING * scatter()
    outside = ~(apart <= allowed)
    with np.errstate(invalid="ignore"):  # infinity over infinity is told apart from nothing by no ratio
        ratio = max_abs(np.nan_to_num(apart / allowed, nan=np.inf, posinf=np.inf))
    if not outside.any():
        sensitivity = max_abs(allowed) / size if size > 0.0 else np.inf
        return Agreement(True, (), 0.0, 0, sensitivity, ratio)
    excess = np.where(outside, np.nan_to_num(apart, nan=np.inf, posinf=np.inf), -1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
    return Agreement(False, index, float(allowed[index]), int(outside.sum()), np.inf, ratio)
