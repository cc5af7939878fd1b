"""Another example of the same shapes: for checks that need two."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed, sizes_of_entries
from gradcheck.evaluation import Trial
from gradcheck.types import Array, Rng

STEPS = (2.0**-2, 2.0**-4, 2.0**-7, 2.0**-10, 2.0**-16)
"""How far an entry moves, relative to itself, from a point that only shows by itself where forward works:
as far as it goes. The last still tells two gradients apart that are exact to twelve digits."""
NOWHERE = "forward works at no other point near this one"


def mirror(trial: Trial) -> Trial | None:
    """Return the trial at another example; None where forward works at none.

    Where the layer says which values its inputs take, that is the example reversed in order, and reflected
    inside the domain. A point of the caller's own, or one that `cases` drew, says nothing of what lies far
    from it: the other example then stays beside it, and keeps every sign.
    """
    if not trial.is_user_point and trial.layer.cases is None:
        return _reverse(trial)
    rng = trial.rng("mirrored")
    for step in STEPS:
        beside = _move(trial, step, rng)
        if beside.finite_output() is not None:
            return beside
    return None


def _own(trial: Trial) -> list[int]:
    """Return the inputs that may move: the parameters of an object are the object's, not the example's."""
    parameters = trial.layer.module.parameters if trial.layer.module else ()
    return [i for i in trial.active if trial.inputs.leaves[i].owner not in parameters]


def _reverse(trial: Trial) -> Trial:
    moved = list(trial.primals)
    for i in _own(trial):
        moved[i] = np.asarray(_reflect(np.flip(moved[i]), trial.bounds(i)), dtype=moved[i].dtype)
    return trial.at(tuple(moved))


def _move(trial: Trial, step: float, rng: Rng) -> Trial:
    moved = list(trial.primals)
    for i in _own(trial):
        x = moved[i]
        change = sizes_of_entries(x)
        change *= 0.5 * step
        change *= draw_signed(x.shape, rng)
        change += x
        moved[i] = trial.clip(i, change).astype(x.dtype, copy=False)
    return trial.at(tuple(moved))


def _reflect(x: Array, bounds: tuple[float, float]) -> Array:
    low, high = bounds
    if np.isfinite(low) and np.isfinite(high):
        return np.clip(low + (high - x), low, high)
    if np.isfinite(low):
        return low + 2.0 * (x - low)
    if np.isfinite(high):
        return high - 2.0 * (high - x)
    return -2.0 * x
