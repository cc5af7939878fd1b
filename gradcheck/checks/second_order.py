"""The pullback is a gradient: differentiated again, its Jacobian is symmetric.

x ↦ Jᵀ(x) ȳ is the gradient of ⟨ȳ, f⟩, so its own Jacobian is a Hessian H: for two inputs a and b and
directions u and v, ⟨u, H_ba v⟩ = ⟨v, H_ab u⟩. Both sides are measured by finite differences of the pullback;
forward is not called at all, so that this check sees where forward is too coarse to be differentiated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gradcheck._util import norm, rms, signed, wide
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.evaluation import NormalPullback, Point, Trial
from gradcheck.judging import ROUNDING, VACUOUS, WEAK, Outcome, look
from gradcheck.layers import Layer
from gradcheck.numerics import Line
from gradcheck.types import Array, Rng, Verdict

AGAIN = 2
"""How often an asymmetry must come up again, along fresh directions."""
STEP = 2.0**-9
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
    y = trial.forward()
    y_bar = signed(y.shape, rng).astype(y.dtype)
    measured = _asymmetry(trial, a, b, y_bar, rng, quick=True)
    if not measured.settled:
        measured = _asymmetry(trial, a, b, y_bar, rng)
    if measured.apart > measured.allowed and _again(trial, a, b, y_bar, rng):
        names = " and ".join(sorted({repr(trial.names[i]) for i in (a, b)}))
        said = f"the pullback is no gradient: differentiated again in {names}, its Jacobian is not symmetric"
        return Outcome(Verdict.WRONG, said)
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
    def settled(self) -> bool:
        """Whether both orders agree finely enough, or are zero alike."""
        return self.vanishes or (self.apart <= self.allowed <= FINE * self.size)


def _asymmetry(trial: Trial, a: int, b: int, y_bar: Array, rng: Rng, *, quick: bool = False) -> _Asymmetry:
    v, u = (signed(trial.primals[i].shape, rng) * (rms(trial.primals[i]) or 1.0) for i in (a, b))
    slope = _glance if quick else _slope
    points = [_differentiated(trial, y_bar, *pair) for pair in ((b, u), (a, v))]
    found = [slope(*line, rng) for line in zip(points, (a, b), (v, u), strict=True)]
    slopes, allowed = zip(*found, strict=True)
    floors = [point.eps * point.size for point in points]
    size = max(map(abs, slopes))
    zero = size <= (2 * ROUNDING / STEP if quick else VACUOUS) * max(floors)
    return _Asymmetry(abs(slopes[0] - slopes[1]), sum(allowed), size, zero and sum(allowed) < np.inf)


def _differentiated(trial: Trial, y_bar: Array, target: int, u: Array) -> Point:
    """Return the pullback's cotangent of one input as a forward map of its own, with the cotangent u."""
    size = norm(wide(y_bar) * wide(trial.forward()))
    derived = _Derived(**vars(trial), target=target, y_bar=y_bar, size=size)
    x_bar = derived.forward()
    return Point.pulled_back(derived, x_bar, np.append(u, 1.0).astype(x_bar.dtype))


def _slope(point: Point, block: int, v: Array, rng: Rng) -> tuple[float, float]:
    """Return ⟨u, D x̄ · v⟩ by the ladder, and how far it may be off."""
    judgement = look(point, block, rng, v).judgement
    return judgement.error, judgement.allowed


def _glance(point: Point, block: int, v: Array, rng: Rng) -> tuple[float, float]:
    """Return the same by two steps; an infinite error where they leave the domain."""
    line = Line(point, block, v)
    h = STEP * float(rng.uniform(0.5, 1.0))
    rungs = line.rung(h), line.rung(h / 2)
    if rungs[0] is None or rungs[1] is None:
        return 0.0, np.inf
    coarse, fine = (rung.mean / rung.h for rung in rungs if rung is not None)
    return (4 * fine - coarse) / 3, abs(fine - coarse) + ROUNDING * point.eps * point.size / h


def _again(trial: Trial, a: int, b: int, y_bar: Array, rng: Rng) -> bool:
    """Return whether the asymmetry comes up along other directions, here and beside the point."""
    try:
        others = (trial, *(trial.beside(rng) for _ in range(AGAIN)))
        again = [_asymmetry(at, a, b, y_bar, rng) for at in others]
    except (LayerRaised, BrokenContract, CannotVerify):
        return False
    return all(found.apart > found.allowed for found in again)


@dataclass(frozen=True)
class _Derived(Trial):
    """A trial whose forward is the pullback of another; its own VJP is zero.

    `size`, that is ‖ȳ·y‖, rides along as one more output, a constant: terms that cancel inside
    the pullback are that large, and rounding is measured by the size of what comes out.
    """

    target: int = 0
    y_bar: Array | None = None
    size: float = 0.0

    def forward(self, given_away: Collection[int] = ()) -> Array:  # noqa: ARG002 -- the pullback may keep its inputs
        assert self.y_bar is not None
        _, pullback = super().linearise()
        bar = pullback(self.y_bar.copy())[self.target]
        assert bar is not None
        return np.append(bar, self.size).astype(bar.dtype)

    def linearise(self) -> tuple[Array, NormalPullback]:
        zeros = tuple(np.zeros_like(x) if i in self.active else None for i, x in enumerate(self.primals))
        return self.forward(), lambda _: zeros
