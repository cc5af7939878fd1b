"""The JVP against finite differences, and against the VJP: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradcheck._util import duplicate, largest, leaves, rms, signed
from gradcheck.checks.bits import overlap, same
from gradcheck.checks.confirmation import beside_too, beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.errors import BrokenContract, LayerRaised
from gradcheck.evaluation import Point, Slopes, Trial, forward_scatter, read_tangent, slope_scatter
from gradcheck.judging import WEAK, Evidence, Outcome, compare_arrays, judge
from gradcheck.layers import Layer
from gradcheck.types import Array, Rng, Verdict

FACTOR = -(2.0**27)
"""Tangents are scaled by it, without rounding, and so must the tangent of the output be."""


def has_jvp(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.jvp is not None else "the layer declares no jvp"


def jvp(trial: Trial) -> Outcome:
    """Push tangents forward, of each input alone and of all, and compare with pullback and differences."""
    return malformed(trial) or _compared(trial)


def malformed(trial: Trial) -> Outcome | None:
    """Return WRONG where what the JVP returns, or does to what it is given, is no matter of rounding."""
    assert trial.layer.jvp is not None
    rng = trial.rng("jvp form")
    arrays = [_tangent(trial, i, rng) if i in trial.active else None for i in range(len(trial.primals))]
    given = trial.arguments(), trial.inputs.filled(arrays)
    kept = duplicate(given)
    y = trial.forward()
    try:
        returned = trial.call("jvp", trial.layer.jvp, *given, **trial.settings())
        value, y_dot = read_tangent(trial.layer.name, returned)
    except BrokenContract as broken:
        return Outcome(Verdict.WRONG, str(broken))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, where forward did not")
    if value.shape != y.shape or value.dtype != y.dtype:
        said = f"{value.dtype} {value.shape}, forward returned {y.dtype} {y.shape}"
        return Outcome(Verdict.WRONG, f"the primal value that jvp returned is {said}")
    if not same(given, kept):
        return Outcome(Verdict.WRONG, "the jvp changes a primal or a tangent that it is given in place")
    sources = [leaf for _, leaf in leaves(given)]
    if any(overlap(made, source) for _, made in leaves(returned) for source in sources):
        said = "what the jvp returns shares memory with what it was given: copy it"
        return Outcome(Verdict.WRONG, said)
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
def _compared(trial: Trial) -> Outcome:
    rng = trial.rng("jvp")
    point = Point.of(trial, rng)
    seen: dict[str, float] = {}
    zero: set[str] = set()
    for block in trial.active:
        if trial.primals[block].size == 0:
            continue
        finding = _form(point, block, rng) or _block(point, block, rng, seen, zero)
        if finding is not None:
            return finding
    finding = _joint(point, rng)
    if finding is not None:
        return finding
    reason = "" if seen else "nothing differentiable reached: the slopes are zero"
    return Outcome(Verdict.CORRECT if seen else Verdict.UNVERIFIED, reason, seen, frozenset(zero))


def _joint(point: Point, rng: Rng) -> Outcome | None:
    """Ask whether the tangents of all inputs together give the sum of what each gives alone."""
    trial = point.trial
    tangents = {block: _tangent(trial, block, rng) for block in trial.active}
    alone = [_pushed(trial, {block: v})[1] for block, v in tangents.items()]
    together = _pushed(trial, tangents)[1]
    expected = np.sum(alone, axis=0)
    terms = max(largest(part) for part in alone)
    compared = compare_arrays(together, expected, lambda: np.zeros(expected.shape), point.unit, terms)
    if compared.agree or not np.all(np.isfinite(expected)):
        return None
    said = "the jvp is not linear: the tangents of all inputs together do not give the sum of each alone"
    return Outcome(Verdict.WRONG, said, locate=partial(disagreement, "y_dot", together, expected, compared))


def _tangent(trial: Trial, block: int, rng: Rng) -> Array:
    x = trial.primals[block]
    return (signed(x.shape, rng) * (rms(x) or 1.0)).astype(x.dtype)


def _pushed(trial: Trial, tangents: dict[int, Array]) -> tuple[Array, Array]:
    """Return y and ẏ by the layer's JVP; inputs that are not named get zero tangents."""
    arrays = [
        tangents.get(i, np.zeros_like(x)) if i in trial.active else None for i, x in enumerate(trial.primals)
    ]
    x_dots = trial.given(arrays)
    assert trial.layer.jvp is not None
    returned = trial.call("jvp", trial.layer.jvp, trial.arguments(), x_dots, **trial.settings())
    return read_tangent(trial.layer.name, returned)


def _form(point: Point, block: int, rng: Rng) -> Outcome | None:
    """Compare the primal value with forward's, and ask whether ẏ is proportional to ẋ."""
    trial = point.trial
    tangent = _tangent(trial, block, rng)
    y, y_dot = _pushed(trial, {block: tangent})
    compared = compare_arrays(y, point.y, partial(forward_scatter, trial, point.y), point.unit)
    if not compared.agree:
        located = partial(disagreement, "y", y, point.y, compared)
        return Outcome(Verdict.WRONG, "the primal value that jvp returned is not forward's", locate=located)
    _, scaled = _pushed(trial, {block: (FACTOR * tangent).astype(tangent.dtype)})
    expected = FACTOR * y_dot
    compared = compare_arrays(scaled, expected, lambda: np.zeros(expected.shape), point.unit)
    if np.all(np.isfinite(expected)) and not compared.agree:
        said = f"the jvp is not linear: scaling the tangent of {trial.names[block]!r} does not scale y_dot"
        return Outcome(Verdict.WRONG, said, locate=partial(disagreement, "y_dot", scaled, expected, compared))
    return None


def _block(point: Point, block: int, rng: Rng, seen: dict[str, float], zero: set[str]) -> Outcome | None:
    trial, name = point.trial, point.trial.names[block]
    tangents = {block: _tangent(trial, block, rng)}

    def pushed(at: Trial) -> Array:
        return _pushed(at, tangents)[1]

    slopes = Slopes.of(point, tangents, pushed(trial))
    scatter = slope_scatter(point, tangents, pushed)
    compared = compare_arrays(
        np.asarray(slopes.other), np.asarray(slopes.derived), scatter, point.unit, slopes.terms
    )
    measured = judge(point, block, rng, np.asarray(tangents[block], dtype=np.float64))
    found, is_wrong = measured.comparison, measured.verdict is Verdict.WRONG
    numerical = slopes.derived + found.error
    if compared.agree:
        if is_wrong:
            said = f"jvp and vjp agree along {name!r}, but finite differences do not"
        else:
            resolution = max(found.sensitivity, slopes.sensitivity(compared.sensitivity))
            if resolution <= WEAK:
                seen[name] = resolution
            elif slopes.derived == slopes.other == 0.0:
                zero.add(name)
            return None
    elif is_wrong and abs(numerical - slopes.other) <= found.allowed:
        said = f"along {name!r} the jvp agrees with finite differences, and the vjp does not"
    elif measured.verdict is Verdict.CORRECT:
        said = f"along {name!r} the vjp agrees with finite differences, and the jvp does not"
    else:
        said = f"jvp and vjp differ along {name!r}: ⟨ȳ, J ẋ⟩ ≠ ⟨Jᵀ ȳ, ẋ⟩"
    values = slopes.other, numerical, found.uncertainty, max(found.allowed, compared.allowed)
    evidence = Evidence(f"⟨ȳ, J ẋ⟩ along {name!r}", None, *values)
    return Outcome(Verdict.WRONG, said, locate=lambda: evidence)
