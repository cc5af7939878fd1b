"""⟨ȳ, J ẋ⟩ measured equals ⟨x̄ derived, ẋ⟩, within the measurement's own error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradcheck._util import dot, draw_signed, max_abs, only, rms, widen
from gradcheck.checks.confirmation import of_a_function
from gradcheck.checks.hidden import FEW, find_hidden, judge_alone
from gradcheck.checks.single import FLOAT32, lost_in_float32, wrong_at
from gradcheck.checks.ties import has_ties, judge_shared, judge_tied
from gradcheck.errors import LayerRaised, NothingToLearn
from gradcheck.evaluation import Point, Trial, find_detaching, name_entries
from gradcheck.judging import (
    SENTENCES,
    Evidence,
    Judgement,
    Outcome,
    Reason,
    judge,
    judge_further,
    judge_jointly,
    judge_on_kink,
)
from gradcheck.numerics import HALF_BITS, are_round, direction, narrow_unit, unit_of_bits
from gradcheck.types import Rng, Verdict

SPOILING = (Reason.ROUNDED,)
"""What one entry with an infinite slope makes of a direction that moves all of them."""
MOST_SPOILT = 4
"""Where more entries than this say nothing by themselves, it is no matter of an edge."""

UNSEEN = (Reason.ZERO, Reason.DETACHED, Reason.VACUOUS, Reason.ROUNDED, Reason.WEAK)
"""What is said where an input may be too small for its slope to be seen at steps of its own size."""
COARSE = (Reason.WEAK, Reason.ROUNDED, Reason.UNRESOLVED)
"""What is said where digits are too few."""
OF_HALVES = (
    "; its outputs are numbers of half precision, of which differences see little: "
    "give a plain implementation, reference="
)
STILL_TRIED = 5
"""Directions along which it is asked whether forward moves at all; half of them may cross a step."""
NEAR_BY = 1e-4
"""How far it is moved for that, in relation to an input's size: a step is seldom so near."""
STILL_UNITS = 64.0
"""By so many rounding units a one may be off that is made of a share, subtracted and added again."""
OF_ANOTHER = "; forward calls {}: if its gradient is meant to be another function's, name that, surrogate="
BY_REFERENCE = "its outputs are numbers of half precision: it is compared with its reference instead"
AT_TIES = (Reason.KINK, Reason.KINK_INSIDE, Reason.KINK_OUTSIDE, Reason.ISOLATED)
"""What is said of an input where its values tie: then equal entries are moved together."""


@dataclass
class _Found:
    """What the inputs of one point came to so far."""

    sensitivities: dict[str, float] = field(default_factory=dict)
    zero: set[str] = field(default_factory=set)
    moves: bool = False
    doubts: dict[str, str] = field(default_factory=dict)
    spoilt: dict[str, str] = field(default_factory=dict)
    """What is added of inputs in single entries of which nothing can be said."""
    suspicious: bool = False
    is_tied: bool = False
    in_steps: bool = False
    has_kink: bool = False
    ratio: float | None = None

    def add(self, name: str, judgement: Judgement, tolerance: float) -> None:
        """Keep what one input, which is not wrong, came to; a declared tolerance hides what is smaller."""
        comparison, sentence = judgement.comparison, judgement.sentence
        if comparison.ratio is not None:
            self.ratio = max(self.ratio or 0.0, comparison.ratio)
        # Far from zero an input that moves in steps may look smooth; that alone does not verify it.
        self.in_steps = self.in_steps or judgement.reason is Reason.STEPS
        self.suspicious = self.suspicious or is_suspicious(judgement)
        self.has_kink = self.has_kink or judgement.reason in (Reason.KINK, Reason.KINK_OUTSIDE)
        if judgement.verdict is Verdict.CORRECT:
            self.sensitivities[name] = max(comparison.sensitivity, tolerance)
        if judgement.reason in (Reason.ZERO, Reason.DETACHED):
            self.zero.add(name)
            self.moves = self.moves or judgement.reason is Reason.ZERO
            has_none = judgement.reason is Reason.DETACHED
            sentence = "it has no influence here, and its zero gradient agrees" if has_none else sentence
        if sentence:
            self.doubts[name] = f"{name!r}: {sentence}"

    def outcome(self, *, is_user_point: bool, final: bool) -> Outcome:
        """Return what all inputs together come to."""
        # Zero is a measurement, unless it is all there is: nothing was seen of a layer that is constant.
        is_verified = bool(self.sensitivities) or (is_user_point and self.moves)
        verdict = Verdict.CORRECT if is_verified else Verdict.UNVERIFIED
        notes = "; ".join(self.doubts.values())
        zero = frozenset(self.zero) if is_verified else frozenset()
        return Outcome(
            verdict,
            notes,
            self.sensitivities,
            zero,
            suspicious=self.in_steps or (self.suspicious and not self.is_tied),
            suspicious_if_smooth=self.is_tied,
            has_kink=self.has_kink,
            ratio=self.ratio,
            final=final,
        )


@of_a_function
def finite_difference(trial: Trial) -> Outcome:
    """Judge every input's cotangent along random directions.

    A float32 layer is measured in float64, where the formula shows, and then compared with
    itself in float32, where the rounding shows.
    """
    rng = trial.rng("finite-difference")
    point = mathematical(trial)
    trial.draw_cotangent(point.y, rng)  # the point's, which this generator gives before any direction
    passed = judge_jointly(point, rng)
    found, judged = _Found(), dict[int, Judgement]()
    wrong = _judge_each(trial, point, passed, rng, judged, found)
    if wrong is not None:
        return wrong
    on_kinks = [argnum for argnum, judgement in judged.items() if judgement.reason in AT_TIES]
    found.has_kink = any(judged[argnum].reason is not Reason.ISOLATED for argnum in on_kinks)
    wrong = _judge_together(trial, point, on_kinks, rng, judged)
    if wrong is not None:
        return wrong
    for argnum, judgement in judged.items():
        _add(found, trial, point, argnum, judgement, rng)
    # Where values tie, kinks may meet and cancel, and no choice of subgradients need then be a derivative.
    found.is_tied = found.suspicious and _are_isolated(judged) and has_ties(point.trial)
    wrong = find_hidden(point, found.sensitivities, rng, found.doubts)
    if wrong is None and point.trial is not trial:
        wrong = lost_in_float32(trial, point)
    if wrong is not None:
        return wrong
    outcome = found.outcome(is_user_point=trial.is_user_point, final=len(passed) == len(trial.active))
    if outcome.verdict is Verdict.UNVERIFIED and trial.layer.reference is not None and _is_half(point):
        return Outcome(Verdict.NOT_APPLICABLE, BY_REFERENCE)
    return outcome


def _judge_each(
    trial: Trial,
    point: Point,
    passed: Mapping[int, Judgement],
    rng: Rng,
    judged: dict[int, Judgement],
    found: _Found,
) -> Outcome | None:
    """Judge every input by itself that did not pass with the others; return that one is WRONG, or None."""
    for argnum in trial.active:
        name = trial.names[argnum]
        if trial.primals[argnum].size == 0:
            found.doubts[name] = f"{name!r} has no entries"
            continue
        judgement = passed.get(argnum) or judge(point, argnum, rng)
        judgement, evidence = _judge_at_kink(point, argnum, judgement, rng)
        if evidence is not None:
            return _wrong_on_kink(trial, argnum, evidence)
        if trial.is_user_point and judgement.reason in UNSEEN:
            judgement = judge_further(point, argnum, trial.rng("further")) or judgement
        spoilt = ""
        if trial.is_user_point and judgement.reason in SPOILING:
            judgement, spoilt = _judge_apart(point, argnum, judgement, rng)
        elif trial.is_user_point and judgement.reason is Reason.SUSPECT:
            apart, _ = _judge_apart(point, argnum, judgement, rng)
            if apart.verdict is Verdict.CORRECT:
                judgement = apart
            else:  # what shows along one direction only, and hardly there, shows over longer steps
                judgement = judge_further(point, argnum, trial.rng("further")) or judgement
        if judgement.verdict is Verdict.WRONG:
            return wrong_at(point, argnum, judgement)
        judged[argnum] = judgement
        if spoilt:
            found.spoilt[name] = f" at {spoilt}; the other entries agree"
    return None


def _judge_together(
    trial: Trial, point: Point, on_kinks: list[int], rng: Rng, judged: dict[int, Judgement]
) -> Outcome | None:
    """Move equal entries of inputs on kinks together; return that the sum of cotangents is WRONG, or None."""
    for argnum, judgement in judge_tied(point.trial, on_kinks, rng).items():
        if judgement.verdict is Verdict.WRONG:
            return _wrong_together(trial, [argnum], judgement)
        if judgement.verdict is Verdict.CORRECT and not trial.is_user_point:
            judged[argnum] = judgement  # the entries that are not on the kink count
    shared = judge_shared(point.trial, rng) if len(trial.active) > 1 and on_kinks else None
    if shared is not None and shared[1].verdict is Verdict.WRONG:
        return _wrong_together(trial, shared[0], shared[1])
    return None


def _add(found: _Found, trial: Trial, point: Point, argnum: int, judgement: Judgement, rng: Rng) -> None:
    """Add what an input came to, with why nothing can be said of it if that is known."""
    name = trial.names[argnum]
    found.add(name, judgement, max(trial.accuracy(argnum), trial.layer.nondeterministic))
    if name in found.doubts:
        found.doubts[name] += found.spoilt.get(name, "")
    if judgement.reason is Reason.UNRESOLVED:
        found.doubts[name] += _why_nowhere(trial, argnum, rng)
    if judgement.reason in COARSE and trial.layer.reference is None and _is_half(point):
        found.doubts[name] += OF_HALVES
    if judgement.reason in (Reason.STEPS, *COARSE) and (detaching := find_detaching(trial.layer)):
        if judgement.reason in COARSE and _stands_still(point, argnum, rng):
            found.doubts[name] = f"{name!r}: {SENTENCES[Reason.STEPS].partition(':')[0]}"
        found.doubts[name] += OF_ANOTHER.format(detaching)


def _stands_still(point: Point, argnum: int, rng: Rng) -> bool:
    """Return whether forward does not move along most directions, but for rounding, where it should."""
    x = point.trial.primals[argnum]
    still = 0
    for _ in range(STILL_TRIED):
        v = NEAR_BY * np.maximum(np.abs(x), rms(x)) * draw_signed(x.shape, rng)
        there = point.trial.with_primal(argnum, point.trial.clip(argnum, x + v).astype(x.dtype))
        moved = max_abs(widen(there.forward()) - widen(point.y))
        rounding = STILL_UNITS * point.eps * max_abs(point.y)
        still += moved <= rounding < float(abs(dot(point.x_bar(argnum), v)))
    return 2 * still > STILL_TRIED


def _judge_at_kink(
    point: Point, argnum: int, judgement: Judgement, rng: Rng
) -> tuple[Judgement, Evidence | None]:
    """Ask the entries of an input that sits on a kink, each by itself; evidence is of one that is WRONG."""
    trial = point.trial
    if trial.is_user_point and judgement.reason in (Reason.KINK, Reason.KINK_OUTSIDE):
        return judge_on_kink(point, argnum, rng)
    if judgement.reason is Reason.KINK_OUTSIDE:
        # Several kinks may meet along a random direction; only an entry that has one to itself decides.
        alone, evidence = judge_on_kink(point, argnum, trial.rng("on a kink"))
        return (judgement, None) if evidence is None else (alone, evidence)
    return judgement, None


def _judge_apart(point: Point, argnum: int, judgement: Judgement, rng: Rng) -> tuple[Judgement, str]:
    """Judge each entry by itself where together nothing can be said, since one may sit at an edge.

    Returns the judgement on a wrong one, or the one that came, with the entries in which nothing can be said;
    those are not named where they are many.
    """
    v = direction(point.near(argnum), rng)
    unclear, still = np.zeros(v.shape, dtype=bool), np.zeros(v.shape, dtype=bool)
    found = dict[Verdict, Judgement]()
    for flat in range(v.size if 1 < v.size <= FEW else 0):
        _, alone = judge_alone(point, argnum, only(v, flat), rng)
        known = found.setdefault(alone.verdict, alone)
        if alone.comparison.sensitivity > known.comparison.sensitivity:
            found[alone.verdict] = alone
        still.flat[flat] = alone.reason in (Reason.ZERO, Reason.DETACHED)
        unclear.flat[flat] = alone.verdict is Verdict.UNVERIFIED and not still.flat[flat]
        if np.count_nonzero(unclear) > MOST_SPOILT:
            return judgement, ""
    if Verdict.WRONG in found:
        return found[Verdict.WRONG], ""
    if found.keys() == {Verdict.CORRECT}:
        return found[Verdict.CORRECT], ""
    if Verdict.CORRECT not in found or Verdict.UNVERIFIED not in found:
        return judgement, ""  # it is no matter of single entries
    return judgement, ", ".join(name_entries(point.trial.names[argnum], unclear if unclear.any() else still))


def _is_half(point: Point) -> bool:
    """Return whether outputs are numbers of a type of half precision, and not merely round.

    Where that type is declared, round ones are too.
    """
    if point.trial.layer.in_halves:
        return True
    unit = narrow_unit([point.y], point.eps)
    return unit >= unit_of_bits(HALF_BITS) and not are_round([point.y])


def _why_nowhere(trial: Trial, argnum: int, rng: Rng) -> str:
    """Return what forward raises at a point beside, if that is why there is no slope."""
    there = trial.neighbour(rng).primals[argnum]
    try:
        trial.with_primal(argnum, there).forward()
    except LayerRaised as raised:
        name = trial.names[argnum]
        mend = f'tangent={{"{name}": "symmetric"}}, or a function that projects a direction'
        return f"; beside this point {raised}; if {name!r} lives on a constraint, declare {mend}"
    except NothingToLearn:
        return ""
    return ""


def is_suspicious(judgement: Judgement) -> bool:
    """Return whether the two slopes differ, though not beyond doubt."""
    return judgement.reason in (Reason.ISOLATED, Reason.SUSPECT)


def _are_isolated(judged: Mapping[int, Judgement]) -> bool:
    """Return whether all that is suspicious agrees beside the point."""
    return all(each.reason is Reason.ISOLATED for each in judged.values() if is_suspicious(each))


def _wrong_together(trial: Trial, argnums: Sequence[int], judgement: Judgement) -> Outcome:
    """Return WRONG for the sum of the cotangents of equal entries, of one input or of several."""
    compared = judgement.comparison
    values = compared.derived, compared.derived + compared.error, compared.uncertainty, compared.allowed
    names = " and ".join(trial.names[i] for i in argnums)
    place = trial.describe_place(argnums[0]) if len(argnums) == 1 else f"in the cotangents of {names}"
    reason = f"{place}, where equal entries move together"
    what = f"the slope, equal entries of {names} moved together"
    return Outcome(Verdict.WRONG, reason, locate=lambda: Evidence(what, None, *values), ratio=compared.ratio)


def _wrong_on_kink(trial: Trial, argnum: int, evidence: Evidence) -> Outcome:
    reason = f"{trial.describe_place(argnum)}, at a kink: outside the one-sided slopes"
    return Outcome(Verdict.WRONG, reason, locate=lambda: evidence, argnum=argnum)


def mathematical(trial: Trial) -> Point:
    """Linearise a trial: in float64 where it is float32, if forward and pullback take and compute in that.

    Its cotangent is one of float32 then, so that both precisions can be compared with the same.
    """
    if not any(trial.primals[i].dtype == FLOAT32 for i in trial.active):
        return Point.common(trial)
    double = trial.cast(np.float64)
    try:
        y = double.output()
    except LayerRaised:
        return Point.common(trial)  # a kernel for float32 alone, which is judged there
    y_bar = double.cotangent(y).astype(np.float32).astype(y.dtype)
    point = Point.with_cotangent(double, y, y_bar)
    bars = (point.x_bars[i] for i in trial.active)
    in_double = all(a is not None and a.dtype == np.float64 for a in (y, *bars))
    return point if in_double else Point.common(trial)
