"""Every entry of ∂y/∂x as measured is the one that the pullback computes.

The other checks look along random directions, which show that something is wrong. This one looks at
each entry, so that it says which ones are, and finds an error that is too small to stand out of a
direction's rounding. An entry is called wrong only after it was measured once more by itself, with
all that could explain it ruled out, here and at a point beside.
"""

from __future__ import annotations

import numpy as np

from gradcheck._util import count_noun, max_abs, widen
from gradcheck.checks.finite_difference import is_suspicious, mathematical
from gradcheck.evaluation import Trial
from gradcheck.judging import (
    SENTENCES,
    WEAK,
    BothJacobians,
    EntryComparison,
    Evidence,
    Judgement,
    Outcome,
    Reason,
    compare_jacobians,
    judge_entry,
)
from gradcheck.types import Array, Rng, Verdict

SUSPECTS = 8
"""Entries that are measured once more by themselves, those furthest apart."""
PRINTABLE = 1000
"""A Jacobian of more entries is not shown as a whole."""


def jacobian(trial: Trial) -> Outcome:
    """Compare both Jacobians of every input."""
    rng = trial.rng("jacobian")
    measured = mathematical(trial).trial
    sensitivities: dict[str, float] = {}
    doubts: list[str] = []
    suspicious = False
    for argnum in trial.active:
        name = trial.names[argnum]
        if trial.primals[argnum].size == 0:
            doubts.append(f"{name!r} has no entries")
            continue
        found = compare_jacobians(measured, argnum, rng)
        judgements = _suspects(measured, argnum, found, rng)
        for place, judgement in judgements.items():
            if judgement.verdict is Verdict.WRONG:
                return _wrong(measured, argnum, found, place)
        suspicious = suspicious or any(map(is_suspicious, judgements.values()))
        doubt = _doubt(found, judgements)
        if doubt:
            doubts.append(f"{name!r}: {doubt}")
        else:
            sensitivities[name] = _sensitivity(found, judgements)
            doubts += [found.note] if found.note else []
    return Outcome(
        Verdict.CORRECT if sensitivities else Verdict.UNVERIFIED,
        "; ".join(doubts),
        sensitivities,
        suspicious=suspicious,
    )


def _suspects(trial: Trial, argnum: int, found: BothJacobians, rng: Rng) -> dict[int, Judgement]:
    """Judge by themselves the entries that are furthest apart, until one is wrong beyond doubt."""
    judgements: dict[int, Judgement] = {}
    order = np.argsort(-found.apart, kind="stable")
    for place in order[found.apart[order] > 1.0][:SUSPECTS]:
        row, column = int(found.pattern.rows[place]), int(found.pattern.columns[place])
        judgements[int(place)] = judge_entry(trial, argnum, row, column, rng)
        if judgements[int(place)].verdict is Verdict.WRONG:
            break
    return judgements


def _doubt(found: BothJacobians, judgements: dict[int, Judgement]) -> str:
    """Return why the input was not verified, or nothing."""
    unknown = int(np.sum(~found.known))
    if unknown:
        entries = count_noun(found.known.size, "entry", "entries")
        sit, them = ("sits", "it") if unknown == 1 else ("sit", "them")
        return f"{unknown} of {entries} {sit} on a kink, or no step size settles {them}"
    unclear = [j for j in judgements.values() if j.verdict is not Verdict.CORRECT]
    if unclear:
        return unclear[0].sentence
    if int(np.sum(found.apart > 1.0)) > len(judgements):
        return "more entries differ than were looked at, and each of those is explained"
    if not np.any(found.derived) and not np.any(found.measured.value):
        return SENTENCES[Reason.VACUOUS]
    return SENTENCES[Reason.WEAK] if _sensitivity(found, judgements) > WEAK else ""


def _sensitivity(found: BothJacobians, judgements: dict[int, Judgement]) -> float:
    """Return the smallest error, relative to the largest entry, that would have been seen in every entry."""
    allowed = max([max_abs(found.allowed), *(j.comparison.allowed for j in judgements.values())])
    return allowed / max(max_abs(found.derived), max_abs(found.measured.value))


def _wrong(trial: Trial, argnum: int, found: BothJacobians, place: int) -> Outcome:
    y, x = trial.forward(), trial.primals[argnum]
    row, column = found.pattern.rows[place], found.pattern.columns[place]
    index = (*np.unravel_index(int(row), y.shape), *np.unravel_index(int(column), x.shape))
    what = f"∂y/∂{trial.names[argnum]}"
    evidence = Evidence(
        what,
        tuple(int(i) for i in index),
        float(found.derived[place]),
        float(found.measured.value[place]),
        float(found.measured.error[place]),
        float(found.allowed[place]),
        (int(np.sum(found.apart > 1.0)), y.size * x.size),
    )
    comparison = _whole(what, found, (*y.shape, *x.shape)) if y.size * x.size <= PRINTABLE else None
    text = trial.describe_place(argnum)
    return Outcome(Verdict.WRONG, text, locate=lambda: evidence, comparison=comparison)


def _whole(what: str, found: BothJacobians, shape: tuple[int, ...]) -> EntryComparison:
    def dense(values: Array) -> Array:
        matrix = np.zeros(found.pattern.shape)
        matrix[found.pattern.rows, found.pattern.columns] = widen(values)
        return matrix.reshape(shape)

    return EntryComparison(
        what, *(dense(part) for part in (found.derived, found.measured.value, found.allowed))
    )
