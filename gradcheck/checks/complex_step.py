"""Analytic layers to machine precision: f(x + i h v) = f(x) + i h J v + O(h²), and nothing is subtracted.

Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
"""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed, leaves, rms
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation import NUMBERS, Point, SlopePair, Trial, slope_scatter
from gradcheck.judging import WEAK, Evidence, Outcome, Reason, compare_results, measure
from gradcheck.layers import Layer
from gradcheck.types import Array, Verdict

IMAGINARY_STEPS = (2.0**-100, 2.0**-520)
"""Their squares are far below the last place of anything, and no rounding depends on them.

Where a slope is zero, as that of x³ at 0, only a square that is no number itself is far below it. For float32
that of the first is none."""


def is_analytic(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if "analytic" in layer.traits else "forward is not declared analytic"


@beyond_rounding
def complex_step(trial: Trial) -> Outcome:
    """Compare every input's cotangent with a complex step along a random direction."""
    if any(trial.inputs.leaves[i].slot.is_complex for i in trial.active):
        return Outcome(Verdict.NOT_APPLICABLE, "the inputs are complex already")
    rng = trial.rng("complex-step")
    point = Point.common(trial)
    sensitivities: dict[str, float] = {}
    zero: set[str] = set()
    for argnum in trial.active:
        x = trial.primals[argnum]
        if x.size == 0:
            continue
        v = (draw_signed(x.shape, rng) * (rms(x) or 1.0)).astype(x.dtype)
        try:
            finding = _judge_steps(point, argnum, v, sensitivities, zero)
        except LayerRaised as raised:
            hint = "declare 'smooth' in place of 'analytic'"
            text = f"forward does not compute with complex numbers ({raised.cause}); {hint}"
            return Outcome(Verdict.UNVERIFIED, text)
        if finding is not None:
            return finding
    reason = "" if sensitivities else "nothing differentiable reached: the slopes are zero"
    return Outcome(
        Verdict.CORRECT if sensitivities else Verdict.UNVERIFIED, reason, sensitivities, frozenset(zero)
    )


def _judge_steps(
    point: Point, argnum: int, v: Array, sensitivities: dict[str, float], zero: set[str]
) -> Outcome | None:
    """Return what is wrong at every step, if anything is."""
    finding = None
    for h in IMAGINARY_STEPS:
        if h < np.finfo(v.dtype).tiny:
            break
        finding = _at_step(point, argnum, v, h, sensitivities, zero)
        if finding is None:
            break
    return finding


def _at_step(
    point: Point, argnum: int, v: Array, h: float, sensitivities: dict[str, float], zero: set[str]
) -> Outcome | None:
    def stepped(at: Trial) -> Array:
        return _imaginary(at, argnum, v, h)

    name = point.trial.names[argnum]
    if stepped(point.trial).shape != point.y.shape:
        message = "the outputs are complex already"
        raise CannotVerify(message)
    slopes = SlopePair.of(point, {argnum: v}, stepped(point.trial))
    scatter = slope_scatter(point, {argnum: v}, stepped)
    derived, exact = np.asarray(slopes.derived), np.asarray(slopes.other)
    comparison = compare_results(point.trial, derived, exact, scatter, point.eps, slopes.terms)
    if comparison.agree:
        if slopes.sensitivity(comparison.sensitivity) <= WEAK:
            sensitivities[name] = slopes.sensitivity(comparison.sensitivity)
        elif slopes.derived == slopes.other == 0.0:
            zero.add(name)
        return None
    measured = measure(point, argnum, point.trial.rng("complex-step again"), v.astype(np.float64)).comparison
    apart = abs(slopes.derived - slopes.other)
    if measured.reason is Reason.AGREES and apart > measured.allowed:
        text = "complex steps contradict finite differences"
        hint = "something in forward drops the imaginary part (abs, conj, real, a comparison)"
        return Outcome(Verdict.UNVERIFIED, f"{text}: {hint}, so it is not analytic as declared")
    evidence = Evidence(
        f"⟨ȳ, J ẋ⟩ along {name!r}", None, slopes.derived, slopes.other, 0.0, comparison.allowed
    )
    return Outcome(Verdict.WRONG, point.trial.describe_place(argnum), locate=lambda: evidence, argnum=argnum)


def _imaginary(trial: Trial, argnum: int, v: Array, h: float) -> Array:
    """Return Im f(x + i h v) / h: the tangent of the output along v, without cancellation."""
    arrays = list(trial.primals)
    arrays[argnum] = arrays[argnum] + 1j * (h * v)
    trial.calls.forward += 1
    y = trial.call("forward", trial.layer.forward, *trial.to_layer(arrays), **trial.settings())
    parts = [np.asarray(leaf) for _, leaf in leaves(y) if isinstance(leaf, NUMBERS)]
    moved = [part.imag / h for part in parts if part.dtype.kind in "fc"]
    if isinstance(y, tuple | list | dict):
        return np.concatenate([part.ravel() for part in moved])
    return moved[0]
