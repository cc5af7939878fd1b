"""float32 in, float32 out, and the same gradient as in float64 within what float32 allows."""

from __future__ import annotations

import numpy as np

from gradcheck._util import signed
from gradcheck.checks.jvp import malformed
from gradcheck.checks.single import FLOAT32, lost_in_float32
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Outcome
from gradcheck.sampling import rounded_inside
from gradcheck.types import Verdict


def dtype(trial: Trial) -> Outcome:
    """Run a float64 example again in float32; a layer of float32 is measured so by every other check."""
    if trial.pinned:
        return Outcome(Verdict.NOT_APPLICABLE, "the point is not in float32")
    if any(trial.primals[i].dtype != np.float64 for i in trial.active):
        return Outcome(Verdict.NOT_APPLICABLE, "the inputs are float32 as drawn")
    single = _single(trial)
    y = single.forward()
    if y.dtype != FLOAT32:
        return Outcome(Verdict.NOT_APPLICABLE, f"forward answers float32 with {y.dtype}")
    if not np.all(np.isfinite(y)):
        return Outcome(Verdict.UNVERIFIED, "in float32 forward is not finite")
    primal, pullback = single.linearise()
    if primal.dtype != FLOAT32:
        said = f"float32 in, float32 out of forward, but the primal value that vjp returned is {primal.dtype}"
        return Outcome(Verdict.WRONG, said)
    y_bar = signed(y.shape, trial.rng("dtype")).astype(FLOAT32)
    buffers = trial.layer.module.parameters if trial.layer.module else ()  # of the object's own dtype
    for block, bar in enumerate(pullback(y_bar.copy())):
        is_buffer = trial.inputs.leaves[block].owner in buffers
        if block in trial.active and bar is not None and not is_buffer and bar.dtype != FLOAT32:
            said = f"float32 in, float32 out, but the cotangent of {trial.names[block]!r} is {bar.dtype}"
            return Outcome(Verdict.WRONG, said)
    if trial.layer.jvp is not None:
        finding = malformed(single)
        if finding is not None:
            return finding
    double = single.cast(np.float64)
    lost = lost_in_float32(single, Point.pulled_back(double, double.forward(), y_bar.astype(np.float64)))
    return lost or Outcome(Verdict.CORRECT)


def _single(trial: Trial) -> Trial:
    """Return the trial in float32, and inside the domain still."""
    moved = []
    for i, x in enumerate(trial.primals):
        low, high = trial.bounds(i)
        is_float = x.dtype.kind == "f"
        moved.append(rounded_inside(x, low, high, "float32").reshape(x.shape) if is_float else x)
    return trial.at(tuple(moved))
