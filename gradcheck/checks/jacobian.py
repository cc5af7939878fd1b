"""Every entry of ∂y/∂x as measured is the one that the pullback computes.

The other checks look along random directions, which show that something is wrong. This one looks at
each entry, so that it says which ones are, and finds an error that is too small to stand out of a
direction's rounding. An entry is called wrong only after it was measured once more by itself, with
all that could explain it ruled out, here and at a point beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck._util import largest, rms, wide
from gradcheck.checks.finite_difference import mathematical
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import (
    REASONS,
    WEAK,
    Comparison,
    Entries,
    Evidence,
    Judgement,
    Outcome,
    Word,
    by_ladder,
    entries,
    explained,
)
from gradcheck.numerics import Line
from gradcheck.types import Array, Rng, Verdict

SUSPECTS = 8
"""Entries that are measured once more by themselves, those furthest apart."""
PRINTABLE = 1000
"""A Jacobian of more entries is not shown as a whole."""


def jacobian(trial: Trial) -> Outcome:
    """Compare both Jacobians of every input."""
    rng = trial.rng("jacobian")
    measured = mathematical(trial, rng).trial
    seen: dict[str, float] = {}
    doubts: list[str] = []
    suspicious = False
    for block in trial.active:
        name = trial.names[block]
        if trial.primals[block].size == 0:
            doubts.append(f"{name!r} has no entries")
            continue
        found = entries(measured, block, rng)
        judged = _suspects(measured, block, found, rng)
        for place, judgement in judged.items():
            if judgement.verdict is Verdict.WRONG:
                return _wrong(measured, block, found, place)
        suspicious = suspicious or any(j.word in (Word.SUSPECT, Word.ISOLATED) for j in judged.values())
        doubt = _doubt(found, judged)
        if doubt:
            doubts.append(f"{name!r}: {doubt}")
        else:
            seen[name] = _resolution(found, judged)
            doubts += [found.note] if found.note else []
    return Outcome(Verdict.CORRECT if seen else Verdict.UNVERIFIED, "; ".join(doubts), seen, suspicious)


def _suspects(trial: Trial, block: int, found: Entries, rng: Rng) -> dict[int, Judgement]:
    """Judge by themselves the entries that are furthest apart, until one is wrong beyond doubt."""
    judged: dict[int, Judgement] = {}
    order = np.argsort(-found.apart, kind="stable")
    for place in order[found.apart[order] > 1.0][:SUSPECTS]:
        judged[int(place)] = _alone(trial, block, found, int(place), rng)
        if judged[int(place)].verdict is Verdict.WRONG:
            break
    return judged


def _alone(trial: Trial, block: int, found: Entries, place: int, rng: Rng) -> Judgement:
    """Judge one entry by the ladder of `judge`: one output's cotangent, one input's direction.

    A wrong one is wrong in the next wider precision too, and at a point beside.
    """
    row, column = int(found.pattern.rows[place]), int(found.pattern.columns[place])

    def fails(elsewhere: Callable[[], Trial | None], otherwise: bool) -> bool:
        try:
            there = elsewhere()
            if there is None:
                return otherwise
            return by_ladder(_line(there, block, row, column), rng).judgement.word is Word.FAIL
        except (LayerRaised, BrokenContract, CannotVerify):
            return otherwise

    suspicion = by_ladder(_line(trial, block, row, column), rng)
    judgement = suspicion.judgement
    if judgement.word is Word.FAIL:
        judgement = explained(suspicion, rng, in_own_precision=True)
    if judgement.word is Word.FAIL:
        if not fails(trial.wider, otherwise=True):
            judgement = replace(judgement, word=Word.PRECISION)
        elif not trial.layer.is_smooth and not fails(lambda: trial.beside(rng), otherwise=False):
            judgement = replace(judgement, word=Word.ISOLATED)
    off = max(judgement.allowed, abs(judgement.error) if judgement.word is Word.PRECISION else 0.0)
    return replace(judgement, allowed=off / largest(suspicion.line.v))


def _line(trial: Trial, block: int, row: int, column: int) -> Line:
    y, x = trial.forward(), trial.primals[block]
    y_bar, v = np.zeros(y.size, dtype=y.dtype), np.zeros(x.size)
    y_bar[row] = 1
    v[column] = max(abs(float(x.flat[column])), rms(x) or 1.0)
    return Line(Point.pulled_back(trial, y, y_bar.reshape(y.shape)), block, v.reshape(x.shape))


def _doubt(found: Entries, judged: dict[int, Judgement]) -> str:
    """Return why the input was not verified, or nothing."""
    unknown = int(np.sum(~found.known))
    if unknown:
        return f"{unknown} of {found.known.size} entries sit on a kink, or no step size settles them"
    unclear = [j for j in judged.values() if j.verdict is not Verdict.CORRECT]
    if unclear:
        return REASONS[unclear[0].word]
    if int(np.sum(found.apart > 1.0)) > len(judged):
        return "more entries differ than were looked at, and each of those is explained"
    if not np.any(found.derived) and not np.any(found.measured.value):
        return REASONS[Word.VACUOUS]
    return REASONS[Word.WEAK] if _resolution(found, judged) > WEAK else ""


def _resolution(found: Entries, judged: dict[int, Judgement]) -> float:
    """Return the smallest error, relative to the largest entry, that would have been seen in every entry."""
    allowed = max([largest(found.allowed), *(j.allowed for j in judged.values())])
    return allowed / max(largest(found.derived), largest(found.measured.value))


def _wrong(trial: Trial, block: int, found: Entries, place: int) -> Outcome:
    y, x = trial.forward(), trial.primals[block]
    row, column = found.pattern.rows[place], found.pattern.columns[place]
    index = (*np.unravel_index(int(row), y.shape), *np.unravel_index(int(column), x.shape))
    what = f"∂y/∂{trial.names[block]}"
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
    said = trial.within(block)
    return Outcome(Verdict.WRONG, said, locate=partial(_found, evidence), comparison=comparison)


def _found(evidence: Evidence) -> Evidence:
    return evidence


def _whole(what: str, found: Entries, shape: tuple[int, ...]) -> Comparison:
    def dense(values: Array) -> Array:
        matrix = np.zeros(found.pattern.shape)
        matrix[found.pattern.rows, found.pattern.columns] = wide(values)
        return matrix.reshape(shape)

    return Comparison(what, *(dense(part) for part in (found.derived, found.measured.value, found.allowed)))
