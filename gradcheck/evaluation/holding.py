"""A trial at a point where something is not finite: what that is, and the same trial without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.edges import Edges, name_entries
from gradcheck.evaluation.trial import Trial

NAMED = 4
"""Entries that are named one by one."""


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
    return replace(trial, edges=Edges(unread, held, note))


def _join(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more} {'is' if len(names) == 1 else 'are'}"
