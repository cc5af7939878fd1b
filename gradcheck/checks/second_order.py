"""The pullback is a gradient: differentiated again, its Jacobian is symmetric.

x ↦ Jᵀ(x) ȳ is the gradient of ⟨ȳ, f⟩, so its own Jacobian is a Hessian H: for two inputs a and b and
directions u and v, ⟨u, H_ba v⟩ = ⟨v, H_ab u⟩. Both sides are measured by finite differences of the pullback;
forward is not called at all, so that this check sees where forward is too coarse to be differentiated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import draw_signed, norm, rms, widen
from gradcheck.errors import NotFinite
from gradcheck.evaluation import Trial, rounding_of
from gradcheck.judging import ROUNDING, VACUOUS, WEAK, Outcome, compare_slope, recurs
from gradcheck.layers import Layer
from gradcheck.numerics import Line, Neighbourhood, divide_difference, extrapolate, measure_slope
from gradcheck.types import Array, Rng, Verdict

AGAIN = 2
"""How often an asymmetry must come up again, along fresh directions."""
HESSIAN_STEP = 2.0**-9
"""Of the quick look, relative to the input; a second step is half of it."""
FINE = 1e-4
"""The quick look settles what it sees to this part of the size; anything else climbs the ladder."""


def has_curvature(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    if layer.is_smooth or "multilinear" in layer.traits:
        return None
    return "forward is not declared smooth, analytic or multilinear"


def second_order(trial: Trial) -> Outcome:
    """Measure the Hessian of ⟨ȳ, f⟩ between two inputs in both orders."""
    rng = trial.rng("second-order")
    filled = [i for i in trial.active if trial.primals[i].size]
    if not filled:
        return Outcome(Verdict.UNVERIFIED, "no entries")
    a, b = (int(rng.choice(filled)) for _ in range(2))
    y_bar = trial.cotangent(trial.output())
    measured = _asymmetry(trial, a, b, y_bar, rng, quick=True)
    if not measured.is_resolved:
        measured = _asymmetry(trial, a, b, y_bar, rng)
    if measured.apart > measured.allowed and _comes_up_again(trial, a, b, y_bar, rng):
        names = " and ".join(sorted({repr(trial.names[i]) for i in (a, b)}))
        text = f"the pullback is no gradient: differentiated again in {names}, its Jacobian is not symmetric"
        return Outcome(Verdict.WRONG, text)
    if not np.isfinite(measured.allowed):
        return Outcome(
            Verdict.UNVERIFIED, "the pullback could not be resolved: no step gives a settled slope"
        )
    if measured.vanishes:
        return Outcome(
            Verdict.NOT_APPLICABLE, "the second derivative is zero, so there is nothing to compare"
        )
    if measured.allowed > WEAK * measured.size:
        return Outcome(Verdict.UNVERIFIED, "the second derivative is too noisy: 5 % would not have been seen")
    return Outcome(Verdict.CORRECT)


@dataclass(frozen=True)
class _Asymmetry:
    """How far the two orders are apart, how far they may be, and how large they are."""

    apart: float
    allowed: float
    size: float
    vanishes: bool

    @property
    def is_resolved(self) -> bool:
        """Whether both orders agree finely enough, or are zero alike."""
        return self.vanishes or (self.apart <= self.allowed <= FINE * self.size)


def _asymmetry(trial: Trial, a: int, b: int, y_bar: Array, rng: Rng, *, quick: bool = False) -> _Asymmetry:
    v, u = (draw_signed(trial.primals[i].shape, rng) * (rms(trial.primals[i]) or 1.0) for i in (a, b))
    slope = _two_steps if quick else _ladder
    lines = [
        Line(_pullback_near(trial, y_bar, target, weights, moving), direction)
        for target, weights, moving, direction in ((b, u, a, v), (a, v, b, u))
    ]
    slopes, allowed = zip(*(slope(line, rng) for line in lines), strict=True)
    floors = [line.near.eps * line.near.size for line in lines]
    size = max(map(abs, slopes))
    zero = size <= (2 * ROUNDING / HESSIAN_STEP if quick else VACUOUS) * max(floors)
    return _Asymmetry(abs(slopes[0] - slopes[1]), sum(allowed), size, zero and sum(allowed) < np.inf)


def _pullback_near(trial: Trial, y_bar: Array, target: int, u: Array, moving: int) -> Neighbourhood:
    """Return ⟨u, x̄⟩ for the pullback's cotangent x̄ of one input, as a function of another (or the same).

    ‖ȳ·y‖ rides along as one more output, a constant: terms that cancel inside the pullback are that large,
    and rounding is measured by the size of what comes out.
    """
    size = norm(widen(y_bar) * widen(trial.output()))

    def pull(x: Array) -> Array:
        _, pullback = trial.with_primal(moving, x).linearise()
        bar = pullback(y_bar.copy())[target]
        assert bar is not None
        return np.append(bar, size).astype(bar.dtype)

    x = trial.primals[moving]
    x_bar = pull(x)
    if not np.all(np.isfinite(x_bar)):
        message = f"the derived cotangent of {trial.names[target]!r} is not finite"
        raise NotFinite(message)
    weights, nothing = np.append(u, 1.0).astype(x_bar.dtype), np.zeros(x.shape)
    return Neighbourhood(pull, x, x_bar, weights, nothing, rounding_of(trial, x_bar), trial.bounds(moving))


def _ladder(line: Line, rng: Rng) -> tuple[float, float]:
    """Return ⟨u, D x̄ · v⟩ by the ladder, and how far it may be off."""
    comparison = compare_slope(measure_slope(line, rng))
    return comparison.error, comparison.allowed


def _two_steps(line: Line, rng: Rng) -> tuple[float, float]:
    """Return the same by two steps; an infinite error where they leave the domain."""
    h = HESSIAN_STEP * float(rng.uniform(0.5, 1.0))
    coarse, fine = divide_difference(line, h), divide_difference(line, h / 2)
    if coarse is None or fine is None:
        return 0.0, np.inf
    error = float(abs(fine.slope - coarse.slope)[0]) + ROUNDING * line.near.eps * line.near.size / h
    return float(extrapolate(coarse, fine)[0]), error


def _comes_up_again(trial: Trial, a: int, b: int, y_bar: Array, rng: Rng) -> bool:
    """Return whether the asymmetry comes up along other directions, beside, and with more digits."""

    def differs(there: Trial) -> bool:
        found = _asymmetry(there, a, b, y_bar.astype(there.output().dtype), rng)
        return found.apart > found.allowed

    others = [lambda: trial, *(lambda: trial.neighbour(rng) for _ in range(AGAIN))]
    here = all(recurs(differs, there, otherwise=False) for there in others)
    return here and recurs(differs, trial.wider, otherwise=True)
