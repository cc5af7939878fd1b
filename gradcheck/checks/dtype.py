"""float32 in, float32 out, and the same gradient as in float64 within what float32 allows."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.checks.flaws import flaw
from gradcheck.checks.jvp import judge_form
from gradcheck.checks.single import FLOAT32, lost_in_float32
from gradcheck.errors import EndlessCall, LayerRaised
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Outcome
from gradcheck.sampling import round_inside
from gradcheck.types import Array, Verdict

REFUSALS = (AssertionError, TypeError, ValueError)
"""By these a function says that it takes no float32, as kernels do that are compiled for float64."""


MAY_NOT_END = (
    "it loops until its numbers meet a condition, which in float32 they may never do, and what JAX compiles "
    'can\'t be stopped: declare dtype="float32" to check it there'
)
"""What is said of `lax.while_loop`."""


def dtype(trial: Trial) -> Outcome:
    """Run a float64 example again in float32; a layer of float32 is measured so by every other check."""
    if trial.is_user_point:
        return Outcome(Verdict.NOT_APPLICABLE, "the point itself is all that its caller asks about")
    if any(trial.primals[i].dtype != np.float64 for i in trial.active):
        return Outcome(Verdict.NOT_APPLICABLE, "the inputs are float32 as drawn")
    framework = trial.layer.framework
    if framework is not None and framework.may_not_end(trial.arguments(), trial.settings()):
        return Outcome(Verdict.NOT_APPLICABLE, MAY_NOT_END)
    try:
        return _in_single(trial, _single(trial))
    except EndlessCall as endless:
        return Outcome(Verdict.NOT_APPLICABLE, str(endless))


def _in_single(trial: Trial, single: Trial) -> Outcome:
    try:
        y = single.output()
    except LayerRaised as raised:
        return _judge_raise(trial, raised)
    if y.dtype != FLOAT32:
        return Outcome(Verdict.NOT_APPLICABLE, f"forward answers float32 with {y.dtype}")
    if not np.all(np.isfinite(y)):
        return Outcome(Verdict.UNVERIFIED, "in float32 forward is not finite")
    y_bar = draw_signed(y.shape, trial.rng("dtype")).astype(FLOAT32)
    try:
        return _gradients(trial, single, y_bar) or Outcome(Verdict.CORRECT)
    except LayerRaised as raised:
        if isinstance(raised.__cause__, REFUSALS) and _pulls_back(trial):
            return flaw(f"forward takes float32, and {raised}")
        raise


def _pulls_back(trial: Trial) -> bool:
    try:
        trial.pull_back(trial.cotangent(trial.output()))
    except LayerRaised:
        return False
    return True


def _gradients(trial: Trial, single: Trial, y_bar: Array) -> Outcome | None:
    found = judge_form(single) if trial.layer.jvp is not None else None
    double = single.cast(np.float64)
    found = found or lost_in_float32(
        single, Point.with_cotangent(double, double.output(), y_bar.astype(np.float64))
    )
    return found or _precisions(single, y_bar)


def _judge_raise(trial: Trial, raised: LayerRaised) -> Outcome:
    """Say why forward raised: for float32, or at this example in any precision, as other checks will tell."""
    try:
        trial.forward()
    except LayerRaised as anyway:
        return Outcome(Verdict.NOT_APPLICABLE, str(anyway))
    # A framework's function may hold weights of another precision, which raises in many ways.
    if isinstance(raised.__cause__, REFUSALS) or trial.layer.framework is not None:
        return Outcome(Verdict.NOT_APPLICABLE, f"it takes no float32: {raised}")
    return Outcome(Verdict.UNVERIFIED, f"{raised}, when its inputs are float32", raised=True)


def _precisions(single: Trial, y_bar: Array) -> Outcome | None:
    pulled = single.pull_back(y_bar)
    if pulled.y.dtype != FLOAT32:
        text = (
            f"float32 in, float32 out of forward, but the primal value that vjp returned is {pulled.y.dtype}"
        )
        return flaw(text)
    buffers = single.layer.module.parameters if single.layer.module else ()  # of the object's own dtype
    for argnum, bar in enumerate(pulled.x_bars):
        is_buffer = single.inputs.leaves[argnum].owner in buffers
        if argnum in single.active and bar is not None and not is_buffer and bar.dtype != FLOAT32:
            name = single.names[argnum]
            text = f"float32 in, float32 out, but the cotangent of {name!r} is {bar.dtype}"
            return flaw(f"{text}: end with .astype({name}.dtype), or make arrays with dtype={name}.dtype")
    return None


def _single(trial: Trial) -> Trial:
    """Return the trial in float32, and inside the domain still."""
    moved = []
    for i, x in enumerate(trial.primals):
        low, high = trial.bounds(i)
        is_float = x.dtype.kind == "f"
        moved.append(round_inside(x, low, high, "float32").reshape(x.shape) if is_float else x)
    return trial.at(tuple(moved))
