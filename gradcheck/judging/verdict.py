"""From suspicion to verdict: a derived slope is called wrong only when nothing else explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gradcheck._util import max_abs, only, rms, widen
from gradcheck.evaluation import Point, Trial
from gradcheck.judging.confirmation import recurs
from gradcheck.judging.entry import entry_evidence
from gradcheck.judging.evidence import Evidence
from gradcheck.judging.excuses import excuse
from gradcheck.judging.further import measure_further
from gradcheck.judging.measurement import Measurement, measure, measure_again, measure_by_ladder
from gradcheck.judging.pieces import find_ties, is_of_a_piece
from gradcheck.judging.screen import screen_inputs
from gradcheck.judging.tolerance import ROUNDING, SENTENCES, Comparison, K, Reason
from gradcheck.numerics import RATIO, Line, direction
from gradcheck.types import Array, Rng, Verdict

ENTRIES_ON_KINK = 64
"""At most this many entries of an input that sits on a kink are judged, chosen at random."""
KINK_STEP = 2.0**-20
"""To either side of a kink, far below the distance of the next one."""
CLEARLY = 100.0
"""The one-sided slopes of a kink that a quick look settles are so many times further apart than their error.
Half of it calls more a kink that is but curved; twice as much takes ladders where float32 is coarse."""


@dataclass(frozen=True)
class Judgement:
    """The verdict on one measurement.

    Parameters
    ----------
    verdict
        CORRECT, WRONG, or UNVERIFIED.
    comparison
        The measurement, and the reason.
    """

    verdict: Verdict
    comparison: Comparison

    @property
    def reason(self) -> Reason:
        """Why it is that verdict."""
        return self.comparison.reason

    @property
    def sentence(self) -> str:
        """The reason in words; empty where there is nothing to say."""
        return SENTENCES[self.reason]


def _judgement(comparison: Comparison) -> Judgement:
    """Return the verdict on a comparison; one that still differs has been confirmed."""
    if comparison.agrees:
        return Judgement(Verdict.CORRECT, comparison)
    return Judgement(Verdict.WRONG if comparison.differs else Verdict.UNVERIFIED, comparison)


def judge_jointly(point: Point, rng: Rng) -> dict[int, Judgement]:
    """Return CORRECT for every input that the screen of all inputs passes."""
    return {argnum: _judgement(passed) for argnum, passed in screen_inputs(point, rng).items()}


def judge(
    point: Point, argnum: int, rng: Rng, v: Array | None = None, *, in_own_precision: bool = False
) -> Judgement:
    """Judge the derived cotangent of one input along `v`, or else along a random direction.

    A suspicion is dropped if one of `EXCUSES` explains it, and must come up again along a fresh
    direction and cotangent, and at a point beside this one. With `in_own_precision`, what a wider
    precision would say is no excuse.
    """
    measured = measure(point, argnum, rng, v)
    if not measured.comparison.differs:
        return _judgement(measured.comparison)
    comparison = excuse(measured, rng, in_own_precision=in_own_precision)
    if not comparison.differs:
        return _judgement(comparison)
    return _judgement(_confirm(measured, comparison, rng, in_own_precision=in_own_precision))


def judge_further(point: Point, argnum: int, rng: Rng) -> Judgement | None:
    """Judge an input by longer steps, where nothing shows beside the point; None where these show no more."""
    measured = measure_further(point, argnum, rng)
    return None if measured is None else _judgement(measured.comparison)


def _confirm(
    measured: Measurement, comparison: Comparison, rng: Rng, *, in_own_precision: bool
) -> Comparison:
    trial = measured.point.trial
    at_edge = measured.slope is None or measured.slope.ladder is None

    def differs(there: Trial) -> bool:
        return measure_again(measured, there, rng).comparison.differs

    def beside() -> Trial:
        return trial.neighbour(rng) if at_edge else trial.beside_in_proportion(rng)

    if not recurs(differs, lambda: trial, otherwise=False):
        return replace(comparison, reason=Reason.SUSPECT)
    has_no_point_of_its_own = trial.layer.is_smooth and not in_own_precision
    if not recurs(differs, beside, otherwise=False) and not has_no_point_of_its_own:
        return replace(comparison, reason=Reason.ISOLATED)
    # Zeros that move in proportion are equal still: what chooses among them is asked where they are not.
    if not trial.layer.is_smooth and is_of_a_piece(measured, rng):
        return replace(comparison, reason=Reason.ISOLATED)
    return comparison


def judge_entry(trial: Trial, argnum: int, row: int, column: int, rng: Rng) -> Judgement:
    """Judge one entry of ∂y/∂x by the ladder alone: one output's cotangent, one input's direction.

    A wrong one is wrong in the next wider precision too, and at a point beside. Of a right one,
    `allowed` is the error of the entry itself that would not have been seen.
    """

    def differs(there: Trial) -> bool:
        return _measure_entry(there, argnum, row, column, rng).comparison.differs

    def stays(there: Callable[[], Trial | None], *, otherwise: bool) -> bool:
        return recurs(differs, there, otherwise=otherwise)

    suspicion = _measure_entry(trial, argnum, row, column, rng)
    comparison = suspicion.comparison
    if comparison.differs:
        comparison = excuse(suspicion, rng, in_own_precision=True)
    if comparison.differs:
        if not stays(trial.wider, otherwise=True):
            comparison = replace(comparison, reason=Reason.PRECISION)
        elif not trial.layer.is_smooth and not stays(lambda: trial.neighbour(rng), otherwise=False):
            comparison = replace(comparison, reason=Reason.ISOLATED)
    unseen = abs(comparison.error) if comparison.reason is Reason.PRECISION else 0.0
    allowed = max(comparison.allowed, unseen) / max_abs(suspicion.line.v)
    return _judgement(replace(comparison, allowed=allowed))


def _measure_entry(trial: Trial, argnum: int, row: int, column: int, rng: Rng) -> Measurement:
    y, x = trial.forward(), trial.primals[argnum]
    y_bar, v = np.zeros(y.size, dtype=y.dtype), np.zeros(x.size)
    y_bar[row] = 1
    point = Point.with_cotangent(trial, y, y_bar.reshape(y.shape))
    near = point.near(argnum)
    v[column] = max(abs(float(x.flat[column])), rms(x) or 1.0)
    return measure_by_ladder(point, argnum, Line(near, v.reshape(x.shape)), rng)


def judge_on_kink(point: Point, argnum: int, rng: Rng) -> tuple[Judgement, Evidence | None]:
    """Judge entries of an input by themselves: off the kink by their slopes, on it by the one-sided slopes.

    Those that are neither zero nor tie with another are off it nearly always, and all judged at once then.

    It is CORRECT where every derived slope on a kink lies between the one-sided ones. One that
    lies outside is WRONG for an elementary operation (declared piecewise-linear), with that entry
    as evidence, unless each output by itself may explain it; elsewhere several kinks may meet, and
    the judgement stays KINK_OUTSIDE.
    """
    v = direction(point.near(argnum), rng)
    judged, entries = {}, np.arange(v.size)
    is_plain = _is_plain(point.trial.primals[argnum].ravel())
    if is_plain.any() and not is_plain.all():
        together = judge(point, argnum, rng, only(v, entries[is_plain]))
        if together.verdict is not Verdict.UNVERIFIED:
            judged[-1], entries = together, entries[~is_plain]
    for flat in rng.permutation(entries)[:ENTRIES_ON_KINK].tolist():
        alone = only(v, flat)
        judged[flat] = _look_at_sides(point, argnum, alone) or judge(point, argnum, rng, alone)
    for judgement in judged.values():
        if judgement.verdict is Verdict.WRONG:
            return judgement, None
    found = [flat for flat, judgement in judged.items() if judgement.reason is Reason.KINK_OUTSIDE]
    outside = next((flat for flat in found if not _may_choose(point, argnum, flat, judged[flat], v)), None)
    if outside is not None:
        comparison = judged[outside].comparison
        is_elementary = "piecewise-linear" in point.trial.layer.traits
        if not (is_elementary or _is_alone(point, argnum, outside, v)):
            return judged[outside], None
        evidence = entry_evidence(point, argnum, outside, comparison, v)
        return _judgement(replace(comparison, reason=Reason.DIFFERS)), evidence
    unclear = [j for j in judged.values() if j.verdict is Verdict.UNVERIFIED and j.reason is not Reason.KINK]
    if unclear and len(unclear) == len(judged):
        return unclear[0], None  # none of them is on a kink, nor agrees: what looked like one was rounding
    agreeing = [j.comparison.sensitivity for j in judged.values() if j.reason is Reason.AGREES]
    first = next(iter(judged.values())).comparison
    inside = replace(first, reason=Reason.KINK_INSIDE, sensitivity=min(agreeing, default=np.inf))
    return _judgement(inside), None


def _is_plain(x: Array) -> Array:
    """Return which numbers are neither zero nor equal to another one: kinks are where some are."""
    return np.asarray((x != 0.0) & ~find_ties(x))


def _look_at_sides(point: Point, argnum: int, v: Array) -> Judgement | None:
    """Return KINK or KINK_OUTSIDE where two small steps show one-sided slopes that differ; 4 forward calls.

    The sides must be apart by far more than they are unsettled; whatever else there is, a ladder tells.
    """
    line = Line(point.near(argnum), v)
    coarse, fine = line.rung(KINK_STEP), line.rung(KINK_STEP / RATIO)
    if coarse is None or fine is None:
        return None
    sides = [(float(rung.plus[0]) / rung.h, float(rung.minus[0]) / rung.h) for rung in (coarse, fine)]
    (above_before, below_before), (above, below) = sides
    unsettled = max(abs(above - above_before), abs(below - below_before))
    bar = K * (float(fine.floor[0]) / fine.h + unsettled)
    if not abs(above - below) > CLEARLY * bar:
        return None
    is_between = min(above, below) <= bar and max(above, below) >= -bar
    reason = Reason.KINK if is_between else Reason.KINK_OUTSIDE
    nearest = min(above, below, key=abs)
    return _judgement(Comparison(reason, line.predicted, nearest, bar / K, bar, np.inf))


def _is_alone(point: Point, argnum: int, flat: int, v: Array) -> bool:
    """Return whether an entry moves one output alone, that in its own place: no other kink lies between."""
    if point.y.shape != v.shape or v.size < 2:
        return False
    line = Line(point.near(argnum), only(v, flat))
    sides = line.side(KINK_STEP), line.side(-KINK_STEP)
    return all(side is not None and np.flatnonzero(side.change).tolist() in ([], [flat]) for side in sides)


def _may_choose(point: Point, argnum: int, flat: int, judgement: Judgement, v: Array) -> bool:
    """Return whether outputs that choose their subgradients each for itself give the derived slope.

    One entry may be the maximum of several windows. ȳ gives them signs of their own, and what
    lies between the one-sided slopes of each output need not lie between those of the sum.
    """
    line = Line(point.near(argnum), only(v, flat))
    sides = line.side(KINK_STEP), line.side(-KINK_STEP)
    if sides[0] is None or sides[1] is None:
        return False
    above, below = (widen(point.y_bar) * side.change / KINK_STEP for side in sides if side is not None)
    below = -below
    spread = judgement.comparison.allowed + ROUNDING * point.eps * point.size / KINK_STEP
    least, most = np.minimum(above, below).sum(), np.maximum(above, below).sum()
    return bool(least - spread <= line.predicted <= most + spread)
