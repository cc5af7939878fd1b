"""`Tally`: what the examples of one check came to, and what follows from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isfinite

import numpy as np

from gradcheck._util import count_noun, silence_warnings
from gradcheck.checks import Check
from gradcheck.diagnosis import Explainer, measure_plot_data
from gradcheck.evaluation import Endless, Example, Trial, find_detaching, find_solver, limit_cpu
from gradcheck.judging import MOST_TRIED, Outcome, Result, Tried
from gradcheck.running.time_limit import TimeLimit
from gradcheck.types import Verdict

ENOUGH = 20
"""A measured input must have been verified in one of this many examples, and suspicious in fewer."""

PICTURED = 10_000
"""Entries of the largest example that is kept for a picture of a right gradient: 80 kB, or in float32 half of
it. Twice as many take twice the memory and time of a picture that nobody can read."""
AGAIN = 2
"""So many examples whose values tie, and where the slopes differ, are no accident in a function that never
shows a kink: a product of differences may vanish once, and the screen may be wrong once."""
EXPLANATION_TIME = 2.0
"""Seconds of processor time that an explanation may take beyond what found the error. Calls are counted too,
by which nearly every explanation ends; half of it leaves layers written as loops without one, and twice as
much is longer than a reader waits."""
OFTEN = 2
"""Functions that raise in more than one of this many examples take other inputs than declared. With kernels
and images drawn freely, a third of all kernels is too large; half as many would pass what seldom runs."""


@dataclass
class Tally:
    """What the examples of one check came to so far."""

    names: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    examples: int = 0
    verified: int = 0
    finest: dict[str, list[float]] = field(default_factory=dict)
    zeros: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    not_asked: Counter[str] = field(default_factory=Counter)
    """Why the check says nothing of examples that it does not apply to."""
    notes: Counter[str] = field(default_factory=Counter)
    """What examples said in which the check passed."""
    instance: dict[str, Example] = field(default_factory=dict)
    suspicions: int = 0
    suspicions_at_ties: int = 0
    kinks: int = 0
    is_further: bool = False
    raised: int = 0
    inapplicable: int = 0
    not_finite: int = 0
    """Examples that say nothing, since something overflows in them."""
    falsified: tuple[Outcome, Trial] | None = None
    unshrunk: Outcome | None = None
    """What the example said that was made smaller, where one was."""
    confirmed: Trial | None = None
    tried: list[Tried] = field(default_factory=list)
    tolerated: dict[str, float] = field(default_factory=dict)
    last_note: str = ""
    """What the example said after which no other was asked."""

    def add(self, outcome: Outcome, trial: Trial) -> None:
        """Count one outcome."""
        example = trial.example
        self.names = trial.names
        self.active = tuple(trial.names[i] for i in trial.active)
        self.examples += 1
        self.verified += outcome.verdict is Verdict.CORRECT
        self.suspicions += outcome.suspicious
        self.suspicions_at_ties += outcome.suspicious_if_smooth
        self.kinks += outcome.has_kink
        self.raised += outcome.raised
        self.inapplicable += outcome.verdict is Verdict.NOT_APPLICABLE
        self.not_finite += outcome.is_stopped
        self.zeros.update(outcome.zero)
        for name, sensitivity in outcome.sensitivities.items():
            self.finest.setdefault(name, []).append(sensitivity)
        for words, gap in outcome.tolerated.items():
            self.tolerated[words] = max(gap, self.tolerated.get(words, 0.0))
        if outcome.reason:
            is_asked = outcome.verdict is not Verdict.NOT_APPLICABLE
            (self.reasons if is_asked else self.not_asked)[outcome.reason] += 1
            self.notes[outcome.reason] += outcome.verdict is Verdict.CORRECT
            self.instance.setdefault(outcome.reason, example)
        if outcome.is_enough:
            self.last_note = outcome.reason
        if outcome.verdict.is_failure:
            self.falsified = outcome, trial
        if outcome.verdict is Verdict.CORRECT and sum(p.size for p in trial.primals) <= PICTURED:
            self.confirmed = trial
        if len(self.tried) < MOST_TRIED:
            coarsest = max(outcome.sensitivities.values(), default=None)
            self.tried.append(Tried(example.shapes, outcome.verdict, coarsest, outcome.ratio))

    @property
    def commonest(self) -> str:
        """The reason that most examples gave; empty where none gave any."""
        reasons = self.reasons or self.not_asked
        return reasons.most_common(1)[0][0] if reasons else ""

    @property
    def sensitivity(self) -> float | None:
        """The largest over all inputs of the smallest error that some example would have seen.

        None where no error of some input would have been: at its every example it sat on a kink.
        """
        coarsest = max((min(seen) for seen in self.finest.values()), default=inf)
        if not isfinite(coarsest):
            return None
        # Differences of whole numbers are exact, but no number in float64 is off by less than its rounding.
        return max(coarsest, float(np.finfo(np.float64).eps)) if coarsest > 0.0 else 0.0


def conclude_unfinished(check: Check, tally: Tally, reason: str) -> Result:
    """Return the result of a check that was ended before it was finished and had found nothing."""
    return Result(
        check.name, Verdict.UNVERIFIED, reason, tally.examples, tally.verified, tried=tuple(tally.tried)
    )


def conclude_in_time(
    limit: TimeLimit, check: Check, tally: Tally, stopped: str | None, explainer: Explainer | None
) -> Result:
    """Return what `conclude` does; a failure that can't be explained in time stands all the same."""
    result = limit.attempt(lambda: conclude(check, tally, stopped, explainer))
    return conclude(check, tally, stopped, None) if result is None else result


def conclude(check: Check, tally: Tally, stopped: str | None, explainer: Explainer | None) -> Result:
    """Return what a check's examples come to.

    Parameters
    ----------
    check
        The check that ran.
    tally
        The examples.
    stopped
        Why the search ended early, if it did.
    explainer
        Explains a failure, if it is wanted.
    """
    result = Result(
        check.name,
        Verdict.CORRECT,
        examples=tally.examples,
        verified=tally.verified,
        sensitivity=tally.sensitivity,
        tried=tuple(tally.tried),
        tolerated=tally.tolerated,
    )
    if tally.falsified is not None:
        outcome, trial = tally.falsified
        failed = replace(
            result,
            verdict=outcome.verdict,
            reason=outcome.reason,
            example=trial.example,
            sensitivity=None,  # what earlier examples would have seen says nothing of a wrong input
        )
        return failed if explainer is None else _explain(failed, outcome, trial, explainer, tally.unshrunk)
    doubt = stopped or _doubt(check, tally)
    if doubt is None:
        if check.name == "finite-difference" and tally.confirmed is not None:
            trial = tally.confirmed
            result = replace(result, measure=partial(measure_plot_data, trial, trial.active[0]))
        if tally.last_note:
            return replace(result, reason=tally.last_note)
        if tally.raised:
            return replace(result, reason=_describe_raised(tally))
        note, count = tally.notes.most_common(1)[0] if +tally.notes else ("", 0)
        return replace(result, reason=note) if count == tally.examples - tally.inapplicable else result
    silent = tally.inapplicable + tally.not_finite
    nowhere = not stopped and tally.inapplicable > 0 and tally.examples == silent
    verdict = Verdict.NOT_APPLICABLE if check.empty or nowhere else Verdict.UNVERIFIED
    example = tally.instance.get(doubt, tally.instance.get(tally.commonest))
    return replace(result, verdict=verdict, reason=doubt, example=example)


def _explain(
    failed: Result, outcome: Outcome, trial: Trial, explainer: Explainer, unshrunk: Outcome | None
) -> Result:
    """Return a failure with where and why; the verdict stands where that can't be found out."""
    try:
        with silence_warnings():
            evidence = outcome.locate() if outcome.locate is not None else None
        failed = replace(
            failed,
            evidence=evidence,
            comparison=outcome.comparison,
            solver=find_solver(trial.layer),
            detaching=find_detaching(trial.layer),
            unshrunk_gap=_relative_gap(unshrunk),
        )
        if outcome.argnum is None:
            return failed
        with limit_cpu(EXPLANATION_TIME):
            return explainer(failed, trial, outcome.argnum)
    except Endless:
        found = explainer.known(outcome.argnum) if outcome.argnum is not None else None
        if found is not None and found.causes:
            return replace(failed, diagnosis=found)
        sought = "where and why" if found is None else "why"
        ended = f"looking for {sought} ended after {EXPLANATION_TIME:g} s of processor time"
        return replace(failed, reason=f"{failed.reason} ({ended})", diagnosis=found)
    except Exception as fault:
        unexplained = f"looking for the reason raised {type(fault).__name__}: {fault}"
        return replace(failed, reason=f"{failed.reason} ({unexplained})")


def _relative_gap(outcome: Outcome | None) -> float:
    """Return by how much an entry is off in relation to its size, 0 where nothing is known of one."""
    if outcome is None or outcome.locate is None:
        return 0.0
    with limit_cpu(EXPLANATION_TIME), silence_warnings():
        evidence = outcome.locate()
    return 0.0 if evidence is None else evidence.relative_gap


def _describe_raised(tally: Tally) -> str:
    """Return in how many examples functions raised, and what to declare."""
    common = next((text for text, _ in tally.reasons.most_common() if " raised " in text), "functions raised")
    mend = "say with shapes=, where= or domain= what it takes"
    return f"in {tally.raised} of {count_noun(tally.examples, 'example')}, {common}; {mend}"


def _doubt(check: Check, tally: Tally) -> str | None:
    """Return why too little was verified, or None."""
    common = tally.commonest or "no example was verified"
    if tally.kinks == 0 and tally.suspicions_at_ties >= AGAIN:
        return f"{common}; no example sits on a kink, so that there is none to explain it"
    if tally.verified == 0 or tally.suspicions * ENOUGH > tally.examples:
        return common
    if tally.raised * OFTEN > tally.examples:
        return _describe_raised(tally)
    if not check.measures:
        return None
    needed = max(1, tally.examples // ENOUGH)
    for name in tally.active:
        count = len(tally.finest.get(name, ())) + tally.zeros[name]
        if count < needed:
            examples = count_noun(tally.examples, "example")
            return f"{name!r} was verified in {count} of {examples} only; mostly, {common}"
    return None
