"""Errors that large numbers hide: in small outputs, and in entries of an input that have little effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from gradcheck._util import draw_signed, max_abs, norm, only, sizes_of_entries, widen
from gradcheck.checks.single import wrong_at
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, name_entries
from gradcheck.judging import Judgement, Outcome, Reason, judge
from gradcheck.numerics import direction
from gradcheck.types import Array, Rng, Verdict

APART = 1e4
"""Outputs that are smaller than the largest by this factor, and move so much less, get cotangents of their
own: errors in them are hidden by the rounding of the large ones."""
MOST_GROUPS = 8
"""So many groups of small outputs at most: two hold all from 1e-8 to 1, where most values lie, and eight go
down to 1e-36 of the largest. Half as many end at 1e-20."""
FEW = 64
"""At a point, so many entries of an input may each get a measurement of their own."""
NAMED = 3
"""So many of the entries that nothing can be measured of are named; half and twice are as good."""
MOVED = 1e-3
"""By this part of itself an entry is moved to see which outputs it moves: a tenth may be lost to rounding in
single precision, ten times as much may leave a domain."""
OWN_SIZE = 0.3
"""By this part of themselves entries whose derived slope is zero are moved, to see whether outputs move too.
Half of it is the same; with twice of it entries change their sign, which a ReLU answers."""
NEARER = 2.0**-3
"""Outputs must move at this part of that step too. Half of it leaves out what moves them by sixteen units in
the last place; with twice of it more units that are off answer, which costs fifty calls and tells nothing."""
FAINT = 1e-3
"""An entry gets one if a relative error of this size in it alone would not have been seen."""


def find_hidden(
    point: Point, sensitivities: Mapping[str, float], rng: Rng, doubts: dict[str, str]
) -> Outcome | None:
    """Return WRONG for an error that large numbers hide: in small outputs, or in entries of little effect.

    At a caller's own point entries of so little effect that nothing can be measured are added to `doubts`.
    """
    trial = point.trial
    for part in _outputs_apart(point, rng):
        for argnum in trial.active:
            if trial.primals[argnum].size:
                judgement = judge(part, argnum, rng)
                if judgement.verdict is Verdict.WRONG:
                    return wrong_at(part, argnum, judgement)
    for argnum in trial.active if trial.is_user_point else ():
        sensitivity = sensitivities.get(trial.names[argnum], 0.0)
        unseen = np.zeros(trial.primals[argnum].shape, dtype=bool)
        for v in _faint_entries(point, argnum, sensitivity, rng):
            part, judgement = judge_alone(point, argnum, v, rng)
            if judgement.verdict is Verdict.WRONG:
                return wrong_at(part, argnum, judgement)
            unseen |= (v != 0.0) & (judgement.verdict is Verdict.UNVERIFIED)
        name = trial.names[argnum]
        if (zero := _slopes_left_out(point, argnum, rng)) is not None:
            judgement = judge(point, argnum, rng, zero)
            if judgement.verdict is Verdict.WRONG:
                return wrong_at(point, argnum, judgement)
            is_zero = judgement.reason in (Reason.ZERO, Reason.DETACHED)
            unseen |= (zero != 0.0) & (judgement.verdict is Verdict.UNVERIFIED and not is_zero)
        if unseen.any() and name not in doubts:
            entries = name_entries(name, unseen)
            places = ", ".join(entries[:NAMED]) + (" and others" if len(entries) > NAMED else "")
            doubts[name] = f"{places}: too little effect to be measured"
    return None


def judge_alone(point: Point, argnum: int, v: Array, rng: Rng) -> tuple[Point, Judgement]:
    """Judge the slope along one entry of an input; if others drown it, for those outputs alone that it moves.

    Returns the point with the cotangent that was used, too.
    """
    judgement = judge(point, argnum, rng, v)
    if judgement.verdict is not Verdict.UNVERIFIED:
        return point, judgement
    x = point.trial.primals[argnum]
    own = np.where(v == 0.0, 0.0, np.where(x == 0.0, v, widen(np.abs(x))))
    moved = _moved_outputs(point, argnum, MOVED * own)
    if not moved.any() or moved.all():
        return point, judgement
    part = _of_outputs(point, moved)
    alone = judge(part, argnum, rng, own)
    return (point, judgement) if alone.verdict is Verdict.UNVERIFIED else (part, alone)


def _outputs_apart(point: Point, rng: Rng) -> Iterator[Point]:
    """Yield the point with the cotangents of small outputs alone, a group for each `APART` of size."""
    size = _relative(point.y)
    if not np.any((size > 0.0) & (size < 1.0 / APART)):
        return
    size = np.maximum(size, _relative_change(point, rng))
    with np.errstate(divide="ignore"):
        group = np.where(size > 0.0, np.floor(-np.log(size) / np.log(APART)), 0.0)
    for number in np.unique(group[group > 0.0])[:MOST_GROUPS]:
        yield _of_outputs(point, group == number)


def _of_outputs(point: Point, chosen: Array) -> Point:
    """Return the point with the cotangents of some outputs alone."""
    y_bar = np.where(chosen, point.y_bar, 0).astype(point.y_bar.dtype)
    return Point.with_cotangent(point.trial, point.y, y_bar)


def _relative(a: Array) -> Array:
    """Return the sizes of all entries as parts of the largest."""
    size = np.abs(widen(a))
    most = max_abs(size)
    return size / most if most > 0.0 else size


def _relative_change(point: Point, rng: Rng) -> Array:
    """Return how far each output moves beside the point: one that is zero by chance moves like others."""
    try:
        y = point.trial.neighbour(rng).output()
    except NothingToLearn:
        return np.zeros(point.y.shape)
    if y.shape != point.y.shape or not np.all(np.isfinite(y)):
        return np.zeros(point.y.shape)
    return _relative(widen(y) - widen(point.y))


def _slopes_left_out(point: Point, argnum: int, rng: Rng) -> Array | None:
    """Return a direction of the entries whose derived slope is zero, beside others, if outputs move along it.

    A term that was left out is nothing of a dense direction's slope, and drowns in that of larger ones.
    """
    x, x_bar = point.trial.primals[argnum], point.bar(argnum)
    are_zero = x_bar == 0.0
    if not are_zero.any() or are_zero.all():
        return None
    v = np.where(are_zero, sizes_of_entries(x) * draw_signed(x.shape, rng), 0.0)
    # A unit that is off at the point, as those of a ReLU are, answers to the longer step alone.
    answers = all(_moved_outputs(point, argnum, part * v).any() for part in (OWN_SIZE, NEARER * OWN_SIZE))
    return v if answers else None


def _moved_outputs(point: Point, argnum: int, step: Array) -> Array:
    """Return which outputs a step of one input moves; no outputs where forward does not work there."""
    x = point.trial.primals[argnum]
    try:
        y = point.trial.with_primal(argnum, (x + step).astype(x.dtype)).output()
    except NothingToLearn:
        return np.zeros(0, dtype=bool)
    return np.asarray(y != point.y) if y.shape == point.y.shape else np.zeros(0, dtype=bool)


def _faint_entries(point: Point, argnum: int, sensitivity: float, rng: Rng) -> Iterator[Array]:
    """Yield directions that move one entry each, of those whose part of the slope the direction hid."""
    slope = np.abs(point.x_bar(argnum))
    if slope.size > FEW:
        return
    slope = slope[slope > 0.0]
    # Along v, parts are no further apart than twice what the slopes are: see `direction`.
    if not slope.size or slope.min() * FAINT >= 2.0 * sensitivity * slope.max() * np.sqrt(slope.size):
        return
    near = point.near(argnum)
    v = direction(near, rng)
    part = np.abs(near.x_bar * v).ravel()
    hidden = (part > 0.0) & (part * FAINT < sensitivity * norm(part))
    for flat in np.flatnonzero(hidden):
        yield only(v, int(flat))
