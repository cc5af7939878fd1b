"""`Point`: a layer linearised at its primals, with one random cotangent pulled back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradcheck._util import is_finite, norm, widen
from gradcheck.errors import NotFinite
from gradcheck.evaluation.trial import Recorded, Trial
from gradcheck.numerics import JointNeighbourhood, Neighbourhood
from gradcheck.types import Array, Rng


@dataclass(frozen=True)
class Point:
    """y = forward(x), a cotangent ȳ, and the derived cotangents x̄ = Jᵀȳ.

    `size` is ‖ȳ·y‖₂, the magnitude at which ⟨ȳ, y⟩ is rounded.
    """

    trial: Trial
    y: Array
    y_bar: Array
    x_bars: tuple[Array | None, ...]

    @classmethod
    def of(cls, trial: Trial, rng: Rng, before: Array | None = None) -> Point:
        """Linearise at the trial's primals with a random cotangent; see `Trial.draw_cotangent`.

        Outputs whose cotangent was zero in one `before`, of the same shape, stay out.

        Raises
        ------
        CannotVerify
            If forward is not finite there, or the derived cotangents are not.
        LayerRaised, BrokenContract
            As `Trial.forward` and `Trial.linearise` do.
        """
        y = trial.output()
        y_bar = trial.draw_cotangent(y, rng)
        if before is not None and before.shape == y.shape:
            y_bar = np.where(before != 0, y_bar, 0).astype(y.dtype)
        return cls.with_cotangent(trial, y, y_bar)

    @classmethod
    def common(cls, trial: Trial) -> Point:
        """Linearise with the cotangent that checks share: only the first of them calls the layer.

        A framework has one function for both: where forward was not called yet, y is what was recorded.

        Raises
        ------
        CannotVerify, LayerRaised, BrokenContract
            As `of` does.
        """
        recorded = trial.record() if trial.known.y is None and trial.layer.framework is not None else None
        y = trial.output() if recorded is None else recorded[0]
        return cls.with_cotangent(trial, y, trial.cotangent(y), recorded)

    @classmethod
    def with_cotangent(cls, trial: Trial, y: Array, y_bar: Array, recorded: Recorded | None = None) -> Point:
        """Linearise at the trial's primals with a given cotangent; what was `recorded` there is used."""
        if not (trial.known.is_finite if y is trial.known.y else is_finite(y)):
            raise NotFinite(trial.describe_not_finite())
        pulled = trial.pull_back(y_bar, recorded)
        if pulled.not_finite is not None:
            message = f"the derived cotangent of {trial.names[pulled.not_finite]!r} is not finite"
            raise NotFinite(message)
        return cls(trial, y, y_bar, pulled.x_bars)

    def bar(self, argnum: int) -> Array:
        """Return the derived cotangent of one input as it is."""
        bar = self.x_bars[argnum]
        assert bar is not None
        return bar

    def x_bar(self, argnum: int) -> Array:
        """Return the derived cotangent of one input in at least double precision."""
        return widen(self.bar(argnum))

    def near(self, argnum: int) -> Neighbourhood:
        """Return ⟨ȳ, forward⟩ as a function of one input alone, held against its derived cotangent."""

        def pull(x: Array) -> Array:
            _, pullback = self.trial.with_primal(argnum, x).linearise()
            bar = pullback(self.y_bar.copy())[argnum]
            assert bar is not None
            return bar

        near = near_input(self.trial, argnum, self.y)
        return replace(near, y_bar=self.y_bar, x_bar=self.x_bar(argnum), pull=pull)

    def near_jointly(self) -> JointNeighbourhood:
        """Return ⟨ȳ, forward⟩ as a function of all inputs that have a derivative."""
        trial = self.trial

        def forward(moved: dict[int, Array]) -> Array:
            donated = frozenset(moved)  # what is popped lives in the layer alone, and can be freed there
            there = trial.at(tuple(moved.pop(i, x) for i, x in enumerate(trial.primals)))
            there.stay_inside()
            return there.forward(donated)

        xs = {i: trial.primals[i] for i in trial.active}
        bars = {i: bar for i, bar in enumerate(self.x_bars) if i in xs and bar is not None}
        return JointNeighbourhood(forward, xs, bars, self.y, self.y_bar, self.eps)

    @cached_property
    def size(self) -> float:
        """‖ȳ·y‖₂."""
        return norm(widen(self.y_bar) * widen(self.y))

    @cached_property
    def eps(self) -> float:
        """The rounding unit of the forward map."""
        return rounding_of(self.trial, self.y)

    @property
    def unit(self) -> float:
        """The rounding unit in which two computations of a result are compared."""
        return max(self.eps, self.trial.coarse_unit)


def rounding_of(trial: Trial, y: Array) -> float:
    """Return the rounding unit of the forward map: of its output or its inputs, whichever is coarser."""
    dtypes = {y.dtype, *(trial.primals[i].dtype for i in trial.active)}
    return max(float(np.finfo(dtype).eps) for dtype in dtypes)


def near_input(trial: Trial, argnum: int, y: Array) -> Neighbourhood:
    """Return forward as a function of one input alone, of which no gradient is expected."""

    def forward(x: Array) -> Array:
        return trial.with_primal(argnum, x).forward((argnum,))

    x = trial.primals[argnum]
    nothing = np.zeros(x.shape)
    eps = rounding_of(trial, y)
    return Neighbourhood(forward, x, y, np.zeros_like(y), nothing, eps, trial.bounds(argnum))
