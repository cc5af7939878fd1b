"""`Point`: a layer linearised at its primals, with one random cotangent pulled back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck._util import finite, jitter, norm, signed, wide
from gradcheck.errors import CannotVerify
from gradcheck.evaluation.trial import Trial
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
    def of(cls, trial: Trial, rng: Rng) -> Point:
        """Linearise at the trial's primals with a random signed, dense cotangent.

        Raises
        ------
        CannotVerify
            If forward is not finite there, or the derived cotangents are not.
        LayerRaised, BrokenContract
            As `Trial.forward` and `Trial.linearise` do.
        """
        y = trial.forward()
        return cls.pulled_back(trial, y, signed(y.shape, rng).astype(y.dtype))

    @classmethod
    def pulled_back(cls, trial: Trial, y: Array, y_bar: Array) -> Point:
        """Linearise at the trial's primals with a given cotangent."""
        if not finite(y):
            message = f"forward of {trial.layer.name!r} returned values that are not finite"
            raise CannotVerify(message)
        _, pullback = trial.linearise()
        x_bars = pullback(y_bar.copy())
        for i in trial.active:
            if not finite(x_bars[i]):  # type: ignore[arg-type]
                message = f"the derived cotangent of {trial.names[i]!r} is not finite"
                raise CannotVerify(message)
        return cls(trial, y, y_bar, x_bars)

    def x_bar(self, block: int) -> Array:
        """Return the derived cotangent of one input in at least double precision."""
        bar = self.x_bars[block]
        assert bar is not None
        return wide(bar)

    @cached_property
    def size(self) -> float:
        """‖ȳ·y‖₂."""
        return norm(wide(self.y_bar) * wide(self.y))

    @cached_property
    def eps(self) -> float:
        """The rounding unit of the forward map: of its output or its inputs, whichever is coarser."""
        dtypes = {self.y.dtype, *(self.trial.primals[i].dtype for i in self.trial.active)}
        return max(float(np.finfo(d).eps) for d in dtypes)

    @property
    def unit(self) -> float:
        """The rounding unit in which two computations of a result are compared."""
        return max(self.eps, self.trial.coarse)

    def jittered(self, block: int, rng: Rng) -> Trial:
        """Return the trial with one input moved by at most one unit in the last place."""
        return self.trial.replaced(block, jitter(self.trial.primals[block], rng))
