"""A trial at a point where something is not finite: what that is, and the same trial without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradcheck._util import draw_signed, is_finite, rms
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.edges import Edges, name_entries
from gradcheck.evaluation.trial import Trial

NAMED = 4
"""Entries that are named one by one."""


def hold_missing(trial: Trial) -> Trial:
    """Return a trial whose entries that are not finite, such as missing values, the layer finds as they are.

    Everywhere else ordinary numbers stand in for them, which move without any effect.
    """
    missing = {i: ~np.isfinite(trial.primals[i]) for i in trial.active if not is_finite(trial.primals[i])}
    if not missing:
        return trial
    primals = list(trial.primals)
    for i, mask in missing.items():
        x = trial.primals[i]
        primals[i] = np.where(mask, x.dtype.type(rms(x[~mask]) or 1.0), x)
    held = {i: (mask, trial.primals[i]) for i, mask in missing.items()}
    names = [name for i, mask in missing.items() for name in name_entries(trial.names[i], mask)]
    note = f"{_join(names)} left out, which {'is' if len(names) == 1 else 'are'} not finite"
    return replace(trial.at(tuple(primals)), edges=Edges(np.zeros((), dtype=bool), held, note))


def hold_edges(trial: Trial) -> Trial | None:
    """Return a trial that leaves out what is not finite at its point; None where that is nothing, or all."""
    try:
        y = trial.forward()
        unread = ~np.isfinite(y)
        y_bar = np.where(unread, 0, draw_signed(y.shape, trial.rng("edges"))).astype(y.dtype)
        bars = trial.linearise()[1](y_bar)
    except NothingToLearn:
        return None
    masks = {i: ~np.isfinite(bar) for i in trial.active if (bar := bars[i]) is not None}
    held = {i: (mask, trial.primals[i]) for i, mask in masks.items() if mask.any()}
    is_nothing = not unread.any() and not held
    if is_nothing or unread.all() or all(mask.all() for mask in masks.values()):
        return None
    names = [name for i, (mask, _) in held.items() for name in name_entries(trial.names[i], mask)]
    if names:
        note = f"{_join(names)} left out, where the derived cotangent is not finite"
    else:
        note = f"{_join(name_entries('y', unread))} left out, which forward returned as not finite"
    if trial.edges is not None:
        for i, (mask, x) in trial.edges.held.items():
            held[i] = (mask | held[i][0] if i in held else mask, x)
        note = f"{trial.edges.note}; {note}"
    return replace(trial, edges=Edges(unread, held, note))


def _join(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more} {'is' if len(names) == 1 else 'are'}"
