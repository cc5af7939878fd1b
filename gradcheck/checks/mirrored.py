"""Another example of the same shapes, far from the first: for checks that need two."""

from __future__ import annotations

import numpy as np

from gradcheck.evaluation import Trial
from gradcheck.types import Array


def mirrored(trial: Trial) -> Trial:
    """Return the trial with its differentiable inputs reversed in order, and reflected inside the domain.

    The parameters of an object stay: they are the object's, not the example's.
    """
    own = trial.layer.module.parameters if trial.layer.module else ()
    moved = list(trial.primals)
    for i in trial.active:
        if trial.inputs.leaves[i].owner in own:
            continue
        moved[i] = np.asarray(_reflected(np.flip(moved[i]), trial.bounds(i)), dtype=moved[i].dtype)
    return trial.at(tuple(moved))


def _reflected(x: Array, bounds: tuple[float, float]) -> Array:
    low, high = bounds
    if np.isfinite(low) and np.isfinite(high):
        return np.clip(low + (high - x), low, high)
    if np.isfinite(low):
        return low + 2.0 * (x - low)
    if np.isfinite(high):
        return high - 2.0 * (high - x)
    return -2.0 * x
