"""Large, tiny, subnormal and signed zero inputs: where forward is finite, so is the gradient, and silent."""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.checks.contract import not_finite
from gradcheck.checks.warned import warning
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.types import Array, Rng, Verdict

HOSTILE = {
    "float64": (1e3, 1e8, 1e30, 1e-30, 2.3e-308, 5e-324, 0.0, -0.0),
    "float32": (1e2, 1e6, 1e9, 1e-9, 1.2e-38, 1e-45, 0.0, -0.0),
}
"""Magnitudes whose square and cube are numbers still; the smallest two are normal and subnormal."""
SHARE_REPLACED = 0.5
"""The part of the entries that become hostile."""


def extremes(trial: Trial) -> Outcome:
    """Put hostile values into the inputs, inside their domain, and pull a plain cotangent back."""
    if trial.is_user_point:
        return Outcome(Verdict.NOT_APPLICABLE, "the point has its own values")
    if trial.layer.cases is not None:
        return Outcome(Verdict.NOT_APPLICABLE, "cases= says which values the inputs take")
    rng = trial.rng("extremes")
    hostile = trial.at(
        tuple(
            _hostile(x, trial.bounds(i), rng) if i in trial.active else x for i, x in enumerate(trial.primals)
        )
    )
    y = hostile.output()
    if not np.all(np.isfinite(y)):
        return Outcome(Verdict.NOT_APPLICABLE, "forward is not finite at large or tiny inputs")
    y_bar = draw_signed(y.shape, rng).astype(y.dtype)
    bars = enumerate(hostile.pull_back(y_bar).x_bars)
    found = [
        not_finite(hostile, argnum, bar, y_bar, every=True)
        for argnum, bar in bars
        if argnum in hostile.active and bar is not None and not np.all(np.isfinite(bar))
    ]
    if any(outcome.verdict is not Verdict.WRONG for outcome in found):
        return Outcome(Verdict.NOT_APPLICABLE, "the derivative is not finite either")
    return next(iter(found), None) or _judge_warnings(hostile, y_bar) or Outcome(Verdict.CORRECT)


def _hostile(x: Array, bounds: tuple[float, float], rng: Rng) -> Array:
    values = HOSTILE.get(str(x.dtype), HOSTILE["float64"])
    drawn = rng.choice(values, x.shape) * rng.choice((-1.0, 1.0), x.shape)
    mixed = np.where(rng.random(x.shape) < SHARE_REPLACED, drawn, x)
    return np.clip(mixed, *bounds).astype(x.dtype)


def _judge_warnings(trial: Trial, y_bar: Array) -> Outcome | None:
    """Return WRONG if the VJP warns of an overflow or an invalid value where forward does not."""
    if warning(trial.forward) is not None:
        return None
    text = warning(lambda: trial.linearise()[1](y_bar.copy()))
    if text is None:
        return None
    reason = (
        f"the pullback warns ({text}) at large or tiny inputs, where forward does not; its values are finite"
    )
    return Outcome(Verdict.WRONG, reason)
