"""The JVP against finite differences, and against the VJP: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcheck import outputs
from gradcheck.checks.confirmed import beside_too
from gradcheck.checks.entries import disagreement
from gradcheck.checks.precision import beyond_rounding
from gradcheck.compare import WEAK, Word, agreement
from gradcheck.errors import BrokenContract, LayerRaised
from gradcheck.findings import Evidence, Outcome
from gradcheck.judge import judge
from gradcheck.layer import Layer
from gradcheck.numerical.point import Point
from gradcheck.numerical.scatter import forward_scatter
from gradcheck.numerical.slope import Slopes, slope_scatter
from gradcheck.trial import Trial
from gradcheck.types import Array, Rng, Verdict
from gradcheck.vectors import rms, signed

FACTOR = -(2.0**27)
"""Tangents are scaled by it, without rounding, and so must the tangent of the output be."""


def has_jvp(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.jvp is not None else "the layer declares no jvp"


@beside_too
@beyond_rounding
def jvp(trial: Trial) -> Outcome:
    """Push tangents of each input forward, and compare with the pullback and with finite differences."""
    rng = trial.rng("jvp")
    point = Point.of(trial, rng)
    seen: dict[str, float] = {}
    try:
        for block in trial.active:
            if trial.primals[block].size == 0:
                continue
            finding = _form(point, block, rng) or _block(point, block, rng, seen)
            if finding is not None:
                return finding
    except BrokenContract as broken:
        return Outcome(Verdict.WRONG, str(broken))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, where forward did not")
    reason = "" if seen else "nothing differentiable reached: the slopes are zero"
    return Outcome(Verdict.CORRECT if seen else Verdict.UNVERIFIED, reason, seen)


def _tangent(trial: Trial, block: int, rng: Rng) -> Array:
    x = trial.primals[block]
    return (signed(x.shape, rng) * (rms(x) or 1.0)).astype(x.dtype)


def _pushed(trial: Trial, tangents: dict[int, Array]) -> tuple[Array, Array]:
    """Return y and ẏ by the layer's JVP; inputs that are not named get zero tangents."""
    arrays = [
        tangents.get(i, np.zeros_like(x)) if i in trial.active else None for i, x in enumerate(trial.primals)
    ]
    x_dots = trial.inputs.filled(arrays)
    assert trial.layer.jvp is not None
    returned = trial.call("jvp", trial.layer.jvp, trial.arguments(), x_dots, **trial.settings())
    return outputs.tangent(trial.layer.name, returned)


def _form(point: Point, block: int, rng: Rng) -> Outcome | None:
    """Compare the primal value with forward's, and ask whether ẏ is proportional to ẋ."""
    trial = point.trial
    tangent = _tangent(trial, block, rng)
    y, y_dot = _pushed(trial, {block: tangent})
    if y.shape != point.y.shape or y.dtype != point.y.dtype:
        said = f"{y.dtype} {y.shape}, forward returned {point.y.dtype} {point.y.shape}"
        return Outcome(Verdict.WRONG, f"the primal value that jvp returned is {said}")
    compared = agreement(y, point.y, partial(forward_scatter, trial, point.y), point.unit)
    if not compared.agree:
        located = partial(disagreement, "y", y, point.y, compared)
        return Outcome(Verdict.WRONG, "the primal value that jvp returned is not forward's", locate=located)
    _, scaled = _pushed(trial, {block: (FACTOR * tangent).astype(tangent.dtype)})
    expected = FACTOR * y_dot
    compared = agreement(scaled, expected, lambda: np.zeros(expected.shape), point.unit)
    if np.all(np.isfinite(expected)) and not compared.agree:
        said = f"the jvp is not linear: scaling the tangent of {trial.names[block]!r} does not scale y_dot"
        return Outcome(Verdict.WRONG, said, locate=partial(disagreement, "y_dot", scaled, expected, compared))
    return None


def _block(point: Point, block: int, rng: Rng, seen: dict[str, float]) -> Outcome | None:
    trial, name = point.trial, point.trial.names[block]
    tangents = {block: _tangent(trial, block, rng)}

    def pushed(at: Trial) -> Array:
        return _pushed(at, tangents)[1]

    slopes = Slopes.of(point, tangents, pushed(trial))
    scatter = slope_scatter(point, tangents, pushed)
    compared = agreement(
        np.asarray(slopes.other), np.asarray(slopes.derived), scatter, point.unit, slopes.terms
    )
    measured = judge(point, block, rng, np.asarray(tangents[block], dtype=np.float64))
    numerical = slopes.derived + measured.error
    if compared.agree:
        if measured.word is Word.FAIL:
            said = f"jvp and vjp agree along {name!r}, but finite differences do not"
        else:
            resolution = max(measured.resolution, slopes.resolution(compared.resolution))
            if resolution <= WEAK:
                seen[name] = resolution
            return None
    elif measured.word is Word.FAIL and abs(numerical - slopes.other) <= measured.allowed:
        said = f"along {name!r} the jvp agrees with finite differences, and the vjp does not"
    else:
        said = f"jvp and vjp differ along {name!r}: ⟨ȳ, J ẋ⟩ ≠ ⟨Jᵀ ȳ, ẋ⟩"
    values = slopes.other, numerical, measured.uncertainty, max(measured.allowed, compared.allowed)
    evidence = Evidence(f"⟨ȳ, J ẋ⟩ along {name!r}", None, *values)
    return Outcome(Verdict.WRONG, said, locate=lambda: evidence)
