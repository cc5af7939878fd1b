"""The only home of a tolerance: from a measurement and its error to a verdict.

Every constant here belongs to the harness, none to a test; numerics, section 2, says what
each of them cost in false alarms and in missed errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gradcheck._util import largest, largest_difference, wide
from gradcheck.numerics import QUANTA, Kink, Ladder, Line, Noise, Probe, Slope, still_rungs, unit
from gradcheck.types import Array, Verdict

K = 8.0
"""Error bars within which a derived slope counts as right."""
PROBE_TARGET = 1e-8
"""The probe may pass a gradient only if it would have seen this relative error."""
PROBE_MARGIN = 8.0
WEAK = 0.05
"""A measurement that would not see a relative error of this size verifies nothing."""
VACUOUS = 1000.0
"""A slope below this many rounding units of the output is no slope."""
JUMPING = 1e-3
"""A derived slope that moves by this part when x moves by one ulp sits on a kink."""
STILL = 3
"""Rungs without any move that make a standstill."""
ROUNDING = 64.0
"""Rounding units by which two ways to compute the same number may differ."""


class Word(StrEnum):
    """What one measurement says, in more detail than a verdict."""

    PASS = "pass"
    NOISY = "noisy"
    PRECISION = "precision"
    ROUNDED = "rounded"
    FAIL = "fail"
    VACUOUS = "vacuous"
    DETACHED = "detached"
    WEAK = "weak"
    UNRESOLVED = "unresolved"
    SUSPECT = "suspect"
    ISOLATED = "isolated"
    KINK = "kink"
    KINK_INSIDE = "kink-inside"
    KINK_OUTSIDE = "kink-outside"


_VERDICTS = {
    Word.PASS: Verdict.CORRECT,
    Word.NOISY: Verdict.CORRECT,
    Word.PRECISION: Verdict.CORRECT,
    Word.KINK_INSIDE: Verdict.CORRECT,
    Word.FAIL: Verdict.WRONG,
}
REASONS = {
    Word.PASS: "",
    Word.NOISY: "digits are lost inside of the layer here, so the measurement is coarse",
    Word.PRECISION: "derived and numerical slope agree in extended precision only: both lose digits here",
    Word.ROUNDED: (
        "derived and numerical slope differ by no more than rounding does: the slope loses its digits here"
    ),
    Word.FAIL: "derived and numerical slope differ",
    Word.VACUOUS: (
        "nothing differentiable reached: derived and numerical slope are both zero, "
        "as they are for the sum of a softmax or of a normalisation"
    ),
    Word.DETACHED: "detached: forward does not change at all when it changes, and the derived slope is zero",
    Word.WEAK: "too noisy: a relative error of 5 % would not have been seen",
    Word.UNRESOLVED: "forward could not be resolved: no step size gives a settled slope",
    Word.SUSPECT: "derived and numerical slope differ along one direction, but not along another",
    Word.ISOLATED: "derived and numerical slope differ at this point, but not 0.1 % beside it",
    Word.KINK: "this point sits on a kink, where the one-sided slopes differ",
    Word.KINK_INSIDE: "this point sits on a kink; the derived slopes lie between the one-sided ones",
    Word.KINK_OUTSIDE: (
        "this point sits on a kink, and the derived slope lies outside the one-sided slopes: "
        "wrong, unless several kinks meet here"
    ),
}


@dataclass(frozen=True)
class Judgement:
    """One measurement judged.

    ``error`` is numerical minus derived slope, ``uncertainty`` the measurement's own error,
    ``allowed`` what `error` may be, and ``resolution`` the relative error that would be seen. Of a probe,
    ``probed`` is how far apart it found the slopes, as a part of what it may pass.
    """

    word: Word
    derived: float
    error: float
    uncertainty: float
    allowed: float
    resolution: float
    probed: float = 0.0

    @property
    def ratio(self) -> float | None:
        """The difference found as a part of what is allowed; None where an excuse, or nothing, was found."""
        if self.word not in (Word.PASS, Word.NOISY, Word.FAIL):
            return None
        return max(self.probed, float(abs(self.error) / self.allowed)) if self.allowed > 0.0 else None

    @property
    def verdict(self) -> Verdict:
        """CORRECT, WRONG, or UNVERIFIED with the word as the reason."""
        return _VERDICTS.get(self.word, Verdict.UNVERIFIED)


def judge_probe(line: Line, probe: Probe | None) -> Judgement | None:
    """Return PASS where the probe alone shows agreement finely enough, else None. Never FAIL."""
    if probe is None or line.scale <= VACUOUS * line.point.eps * line.point.size:
        return None
    if not np.isfinite(line.scale):
        return None  # what can't be represented can't be compared
    visible = probe.apart + PROBE_MARGIN * probe.noise
    if not visible <= PROBE_TARGET * line.scale:
        return None
    resolution, probed = float(visible / line.scale), float(probe.apart / (PROBE_TARGET * line.scale))
    return Judgement(Word.PASS, line.predicted, 0.0, probe.noise, visible, resolution, probed)


def judge_ladder(line: Line, ladder: Ladder, noise: Noise) -> Judgement:
    """Judge the slope that a ladder leaves; FAIL is a suspicion that is still to be confirmed."""
    if ladder.slope is None:
        return Judgement(Word.UNRESOLVED, line.predicted, np.nan, np.inf, np.inf, np.inf)
    judgement = judge_slope(line, ladder.slope, noise)
    if judgement.word is Word.VACUOUS and not any(rung.change.any() for rung in ladder.rungs):
        return replace(judgement, word=Word.DETACHED)
    if judgement.word in (Word.PASS, Word.FAIL) and not ladder.continuous:
        return replace(judgement, word=Word.UNRESOLVED)
    return judgement


def judge_slope(line: Line, slope: Slope, noise: Noise) -> Judgement:
    """Judge one fitted slope error against its bar."""
    uncertainty = slope.error + noise.pullback
    allowed = K * uncertainty
    resolution = _resolution(line, allowed)
    if abs(slope.value) > allowed or jumps(line, noise):
        word = Word.FAIL
    elif line.scale <= VACUOUS * line.point.eps * line.point.size:
        word = Word.VACUOUS
    else:
        word = Word.PASS if resolution <= WEAK else Word.WEAK
    return Judgement(word, line.predicted, slope.value, uncertainty, allowed, resolution)


def judge_kink(kink: Kink | None, line: Line, noise: Noise, judgement: Judgement) -> Judgement:
    """Turn a suspicion into KINK or KINK_OUTSIDE where the one-sided slopes differ.

    Where only the derived slope jumps, and forward is smooth, the jump is no excuse: the
    derived slope is then compared as if it did not.
    """
    is_jumping = jumps(line, noise)
    if kink is None:
        return replace(judgement, word=Word.KINK) if is_jumping else judgement
    # A smooth slope moves too when x moves by one ulp: by the curvature times that.
    curving = ROUNDING * line.point.eps * kink.curvature
    if abs(kink.jump) > kink.jump_error + curving:
        if kink.contains_derived:
            return replace(judgement, word=Word.KINK)
        nearest = min(kink.below, kink.above, key=abs)
        return Judgement(Word.KINK_OUTSIDE, judgement.derived, nearest, kink.error / K, kink.error, np.inf)
    if not is_jumping:
        return judgement
    steady = replace(judgement, uncertainty=judgement.uncertainty - noise.pullback)
    steady = replace(steady, allowed=K * (steady.uncertainty + line.point.eps * line.scale + curving))
    if abs(steady.error) > steady.allowed:
        return steady
    vacuous = line.scale <= VACUOUS * line.point.eps * max(line.point.size, kink.curvature)
    return replace(judgement, word=Word.VACUOUS if vacuous else Word.KINK)


def judge_rounded(line: Line, judgement: Judgement, slope: Slope | None, pullback: float) -> Judgement:
    """Judge a suspicion again with noise of the pullback that it did not know, and a slope fitted anew."""
    error, uncertainty = judgement.error, judgement.uncertainty
    if slope is not None:
        error, uncertainty = slope.value, slope.error
    uncertainty += pullback
    allowed = K * uncertainty
    resolution = _resolution(line, allowed)
    word = Word.FAIL
    if abs(error) <= allowed:
        word = Word.NOISY if resolution <= WEAK else Word.ROUNDED
    return Judgement(word, line.predicted, error, uncertainty, allowed, resolution)


def _resolution(line: Line, allowed: float) -> float:
    return float(allowed / line.scale) if 0.0 < line.scale < np.inf else np.inf


def jumps(line: Line, noise: Noise) -> bool:
    """Return whether the derived slope itself jumps when the input moves by one ulp."""
    return noise.pullback > max(JUMPING * line.scale, VACUOUS * line.point.eps * line.point.size)


def judge_standstill(ladder: Ladder, line: Line, judgement: Judgement) -> Judgement:
    """Turn a suspicion into VACUOUS where outputs stand still and the derived slope moves them too little.

    Too little is less than what shows next to a 1 inside of forward.
    """
    still = still_rungs(ladder)
    if len(still) < STILL or abs(line.predicted) * still[0].h > QUANTA * unit(line):
        return judgement
    return replace(judgement, word=Word.VACUOUS)


@dataclass(frozen=True)
class Agreement:
    """Two computations of one array, compared entry by entry."""

    agree: bool
    index: tuple[int, ...]
    allowed: float
    wrong: int
    resolution: float
    ratio: float


def agreement(
    value: Array, reference: Array, scatter: Callable[[], Array], eps: float, terms: float = 0.0
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
    """
    size = max(largest(wide(reference)), terms)
    rounding = ROUNDING * (eps * size + float(np.finfo(reference.dtype).tiny))
    furthest = largest_difference(value, reference)
    if furthest <= rounding:
        seen = rounding / size if size > 0.0 else np.inf
        return Agreement(True, (), 0.0, 0, seen, furthest / rounding if rounding > 0.0 else 0.0)
    apart = np.abs(wide(value) - wide(reference))
    allowed = rounding + ROUNDING * scatter()
    outside = ~(apart <= allowed)
    with np.errstate(invalid="ignore"):  # infinity over infinity is told apart from nothing by no ratio
        ratio = largest(np.nan_to_num(apart / allowed, nan=np.inf, posinf=np.inf))
    if not outside.any():
        seen = largest(allowed) / size if size > 0.0 else np.inf
        return Agreement(True, (), 0.0, 0, seen, ratio)
    excess = np.where(outside, np.nan_to_num(apart, nan=np.inf, posinf=np.inf), -1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
    return Agreement(False, index, float(allowed[index]), int(outside.sum()), np.inf, ratio)
