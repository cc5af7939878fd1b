"""The JVP against finite differences, and against the VJP: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradcheck._util import draw_signed, duplicate, leaves, max_abs, rms
from gradcheck.checks.bits import overlap, same
from gradcheck.checks.confirmation import beside_too, beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.errors import BrokenContract, LayerRaised
from gradcheck.evaluation import Point, SlopePair, Trial, forward_scatter, read_tangent, slope_scatter
from gradcheck.judging import WEAK, Evidence, Outcome, compare_results, judge
from gradcheck.layers import Layer
from gradcheck.types import Array, Rng, Verdict

TANGENT_FACTOR = -(2.0**27)
"""Tangents are scaled by it, without rounding, and so must the tangent of the output be."""


def has_jvp(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.jvp is not None else "the layer declares no jvp"


def jvp(trial: Trial) -> Outcome:
    """Push tangents forward, of each input alone and of all, and compare with pullback and differences."""
    return judge_form(trial) or _compare_slopes(trial)


def judge_form(trial: Trial) -> Outcome | None:
    """Return WRONG where what the JVP returns, or does to what it is given, is no matter of rounding."""
    assert trial.layer.jvp is not None
    rng = trial.rng("jvp form")
    arrays = [_tangent(trial, i, rng) if i in trial.active else None for i in range(len(trial.primals))]
    given = trial.arguments(), trial.inputs.unflatten(arrays)
    snapshot = duplicate(given)
    y = trial.output()
    try:
        returned = trial.call("jvp", trial.layer.jvp, *given, **trial.settings())
        value, y_dot = _read(trial, returned)
    except BrokenContract as broken:
        return Outcome(Verdict.WRONG, str(broken))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, where forward did not")
    if value.shape != y.shape or value.dtype != y.dtype:
        text = f"{value.dtype} {value.shape}, forward returned {y.dtype} {y.shape}"
        return Outcome(Verdict.WRONG, f"the primal value that jvp returned is {text}")
    if not same(given, snapshot):
        return Outcome(Verdict.WRONG, "the jvp changes a primal or a tangent that it is given in place")
    sources = [leaf for _, leaf in leaves(given)]
    if any(overlap(made, source) for _, made in leaves(returned) for source in sources):
        text = "what the jvp returns shares memory with what it was given: copy it"
        return Outcome(Verdict.WRONG, text)
    if np.all(np.isfinite(y)) and not np.all(np.isfinite(y_dot)) and _is_finite(trial):
        return Outcome(Verdict.WRONG, "y_dot is not finite, where forward and the cotangents are")
    return None


def _is_finite(trial: Trial) -> bool:
    y, pullback = trial.linearise()
    bars = pullback(np.ones_like(y))
    return all(
        bar is not None and np.all(np.isfinite(bar)) for i, bar in enumerate(bars) if i in trial.active
    )


@beside_too
@beyond_rounding
def _compare_slopes(trial: Trial) -> Outcome:
    rng = trial.rng("jvp")
    point = Point.common(trial)
    sensitivities: dict[str, float] = {}
    zero: set[str] = set()
    for argnum in trial.active:
        if trial.primals[argnum].size == 0:
            continue
        finding = _form(point, argnum, rng) or _judge_input(point, argnum, rng, sensitivities, zero)
        if finding is not None:
            return finding
    finding = _joint(point, rng)
    if finding is not None:
        return finding
    reason = "" if sensitivities else "nothing differentiable reached: the slopes are zero"
    return Outcome(
        Verdict.CORRECT if sensitivities else Verdict.UNVERIFIED, reason, sensitivities, frozenset(zero)
    )


def _joint(point: Point, rng: Rng) -> Outcome | None:
    """Ask whether the tangents of all inputs together give the sum of what each gives alone."""
    trial = point.trial
    tangents = {argnum: _tangent(trial, argnum, rng) for argnum in trial.active}
    alone = [_push_forward(trial, {argnum: v})[1] for argnum, v in tangents.items()]
    together = _push_forward(trial, tangents)[1]
    expected = np.sum(alone, axis=0)
    terms = max(max_abs(part) for part in alone)
    comparison = compare_results(
        point.trial, together, expected, lambda: np.zeros(expected.shape), point.eps, terms
    )
    if comparison.agree or not np.all(np.isfinite(expected)):
        return None
    text = "the jvp is not linear: the tangents of all inputs together do not give the sum of each alone"
    return Outcome(Verdict.WRONG, text, locate=partial(disagreement, "y_dot", together, expected, comparison))


def _tangent(trial: Trial, argnum: int, rng: Rng) -> Array:
    x = trial.primals[argnum]
    tangent = draw_signed(x.shape, rng) * (rms(x) or 1.0)
    if trial.tangents is not None:
        tangent = trial.tangents.project(argnum, tangent)
    return tangent.astype(x.dtype)


def _push_forward(trial: Trial, tangents: dict[int, Array]) -> tuple[Array, Array]:
    """Return y and ẏ by the layer's JVP; inputs that are not named get zero tangents."""
    arrays = [
        tangents.get(i, np.zeros_like(x)) if i in trial.active else None for i, x in enumerate(trial.primals)
    ]
    x_dots = trial.to_layer(arrays)
    assert trial.layer.jvp is not None
    returned = trial.call("jvp", trial.layer.jvp, trial.arguments(), x_dots, **trial.settings())
    return _read(trial, returned)


def _read(trial: Trial, returned: Any) -> tuple[Array, Array]:
    """Return the primal value and the tangent that a JVP returned, without the outputs that stay out."""
    value, y_dot = read_tangent(trial.layer.name, returned)
    return (value, y_dot) if trial.edges is None else (trial.edges.read(value), trial.edges.read(y_dot))


def _form(point: Point, argnum: int, rng: Rng) -> Outcome | None:
    """Compare the primal value with forward's, and ask whether ẏ is proportional to ẋ."""
    trial = point.trial
    tangent = _tangent(trial, argnum, rng)
    y, y_dot = _push_forward(trial, {argnum: tangent})
    comparison = compare_results(point.trial, y, point.y, partial(forward_scatter, trial, point.y), point.eps)
    if not comparison.agree:
        located = partial(disagreement, "y", y, point.y, comparison)
        return Outcome(Verdict.WRONG, "the primal value that jvp returned is not forward's", locate=located)
    _, scaled = _push_forward(trial, {argnum: (TANGENT_FACTOR * tangent).astype(tangent.dtype)})
    expected = TANGENT_FACTOR * y_dot
    comparison = compare_results(point.trial, scaled, expected, lambda: np.zeros(expected.shape), point.eps)
    if np.all(np.isfinite(expected)) and not comparison.agree:
        text = f"the jvp is not linear: scaling the tangent of {trial.names[argnum]!r} does not scale y_dot"
        return Outcome(
            Verdict.WRONG, text, locate=partial(disagreement, "y_dot", scaled, expected, comparison)
        )
    return None


def _judge_input(
    point: Point, argnum: int, rng: Rng, sensitivities: dict[str, float], zero: set[str]
) -> Outcome | None:
    trial, name = point.trial, point.trial.names[argnum]
    tangents = {argnum: _tangent(trial, argnum, rng)}

    def pushed(at: Trial) -> Array:
        return _push_forward(at, tangents)[1]

    slopes = SlopePair.of(point, tangents, pushed(trial))
    scatter = slope_scatter(point, tangents, pushed)
    comparison = compare_results(
        point.trial, np.asarray(slopes.other), np.asarray(slopes.derived), scatter, point.eps, slopes.terms
    )
    measured = judge(point, argnum, rng, np.asarray(tangents[argnum], dtype=np.float64))
    found, is_wrong = measured.comparison, measured.verdict is Verdict.WRONG
    numerical = slopes.derived + found.error
    vjp, jvp = trial.layer.words_for_products
    if comparison.agree:
        if is_wrong:
            text = f"{jvp} and {vjp} agree along {name!r}, but finite differences do not"
        else:
            sensitivity = max(found.sensitivity, slopes.sensitivity(comparison.sensitivity))
            if sensitivity <= WEAK:
                sensitivities[name] = sensitivity
            elif slopes.derived == slopes.other == 0.0:
                zero.add(name)
            return None
    elif is_wrong and abs(numerical - slopes.other) <= found.allowed:
        text = f"along {name!r} the {jvp} agrees with finite differences, and the {vjp} does not"
    elif measured.verdict is Verdict.CORRECT:
        text = f"along {name!r} the {vjp} agrees with finite differences, and the {jvp} does not"
    else:
        text = f"{jvp} and {vjp} differ along {name!r}: ⟨ȳ, J ẋ⟩ ≠ ⟨Jᵀ ȳ, ẋ⟩"
    values = slopes.other, numerical, found.uncertainty, max(found.allowed, comparison.allowed)
    evidence = Evidence(f"⟨ȳ, J ẋ⟩ along {name!r}", None, *values)
    return Outcome(Verdict.WRONG, text, locate=lambda: evidence)
