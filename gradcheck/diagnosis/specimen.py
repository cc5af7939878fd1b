"""An example with everything there is to know of it: the whole Jacobian, measured and derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck._util import draw_signed, max_abs, widen
from gradcheck.diagnosis.jacobians import JITTERED, QuickJacobian, measured_jacobian
from gradcheck.diagnosis.pulled import derive_jacobian, is_additive, pulled_scatter
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Trial
from gradcheck.judging import ROUNDING, K
from gradcheck.types import Array

MOST_ROWS = 128
"""A Jacobian of more rows or columns is not measured: each is a call."""
MOVED = 1e-2
"""Of what is wrong, a prediction explains all but this part."""
EACH = 4
"""Forward calls that measure the slopes along one entry."""
OTHER_CALLS = 10 + 2 * JITTERED
"""Calls that an example takes beside those for its entries: for its outputs, its units, its noise."""


@dataclass(frozen=True)
class Specimen:
    """One input of a layer at one example.

    `measured` holds finite differences of forward, `derived` the same Jacobian as the pullback
    has it, from cotangents with a single one; `is_linear` says whether it gives the same from any other,
    and `scatter` how far rounding moves the entries of a cotangent. `nested` says that the output
    is no single array, so that it has no axes, and `is_complex` that it holds complex numbers.
    """

    trial: Trial
    argnum: int
    y: Array
    measured: QuickJacobian
    derived: Array
    is_linear: bool
    scatter: Array | float = 0.0
    nested: bool = False
    is_complex: bool = False

    @classmethod
    def of(cls, trial: Trial, argnum: int) -> Specimen | None:
        """Return the specimen, or None where it is too large, can't be measured, or sits on a kink."""
        try:
            y = trial.forward()
            sizes = y.size, trial.primals[argnum].size
            if min(sizes) == 0 or max(sizes) > MOST_ROWS:
                return None
            measured = measured_jacobian(trial, argnum)
            if measured is None or not (measured.is_resolved or not measured.value.any()):
                return None
            derived = derive_jacobian(trial, argnum, y)
            scatter = pulled_scatter(trial, argnum, y)
            is_linear = is_additive(trial, argnum, y, derived, scatter)
            form = _form(trial)
        except NothingToLearn:
            return None
        found = cls(trial, argnum, widen(y), measured, derived, is_linear, scatter, *form)
        return found if np.all(np.isfinite(derived)) else None

    @property
    def shape(self) -> tuple[int, ...]:
        """The input's shape, in which a complex number has two real ones."""
        return self.trial.primals[self.argnum].shape

    @property
    def own_shape(self) -> tuple[int, ...]:
        """The input's shape as the layer receives it."""
        return self.shape[:-1] if self.trial.inputs.leaves[self.argnum].slot.is_complex else self.shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The output's shape as the layer returns it: none where there are several."""
        if self.nested:
            return ()
        return self.y.shape[:-1] if self.is_complex else self.y.shape

    @property
    def outputs(self) -> tuple[int, ...]:
        """The axes of the Jacobian that are those of the output."""
        return tuple(range(self.y.ndim))

    @cached_property
    def allowed(self) -> Array:
        """How far two of these Jacobians may be apart, entry by entry."""
        rounding = self._rounding * max(max_abs(self.measured.value), max_abs(self.derived))
        return np.asarray(K * (self.measured.error + self.scatter) + rounding)

    def pull_back(self, y_bar: Array) -> tuple[Array, Array]:
        """Return the cotangent of the input by the measured Jacobian, and how far another may be from it."""
        y_bar, ndim = widen(y_bar), self.y.ndim
        allowed = np.broadcast_to(self.allowed, self.measured.value.shape)
        right = np.tensordot(y_bar, self.measured.value, ndim)
        return np.asarray(right), np.asarray(np.tensordot(np.abs(y_bar), allowed, ndim))

    @cached_property
    def wrong(self) -> Array:
        """Which entries of the derived Jacobian differ from the measured ones."""
        return np.asarray(np.abs(self.derived - self.measured.value) > self.allowed)

    @cached_property
    def mask(self) -> Array:
        """Which entries of the input's cotangent depend on a wrong entry of the Jacobian."""
        mask = np.asarray(self.wrong.any(axis=self.outputs))
        return mask if self.own_shape == self.shape else np.asarray(mask.any(axis=-1))

    @cached_property
    def gap(self) -> float:
        """How far the derived Jacobian is off, as a part of the larger of the two."""
        size = max(max_abs(self.measured.value), max_abs(self.derived))
        distance = np.where(self.wrong, self.derived - self.measured.value, 0.0)
        return max_abs(distance) / size if size > 0.0 else 0.0

    @cached_property
    def is_repeatable(self) -> bool:
        """Whether the pullback gives the same cotangent when it is called again."""
        once, again = self.pull(1.0, 1.0)
        return np.array_equal(once, again)

    def pull(self, *factors: float) -> list[Array]:
        """Return this input's cotangents for a dense one of the output times some factors."""
        y_bar = draw_signed(self.y.shape, self.trial.rng("linear"))
        _, pullback = self.trial.linearise()
        bars = [pullback((factor * y_bar).astype(self.y.dtype))[self.argnum] for factor in factors]
        return [widen(bar) for bar in bars if bar is not None]

    def differs(self, prediction: Array) -> bool:
        """Return whether a prediction of the derived Jacobian is another than the right one."""
        return bool(np.any(np.abs(prediction - self.measured.value) > self.allowed))  # never true of NaN

    def equals(self, prediction: Array) -> bool:
        """Return whether the derived Jacobian is this one.

        Where the prediction is NaN it may be anything. A prediction that makes more of what was
        measured makes more of its error, and one that moves entries moves their errors: by less than what is
        wrong, or else it says nothing. One that is nothing beside those errors must be right by itself.
        """
        own, apart = self.allowed + self.moved, np.abs(self.derived - prediction)
        if np.all(np.abs(prediction) <= own):
            return bool(np.all(apart <= K * self.scatter + self._rounding * max_abs(self.derived)))
        size = max_abs(self.measured.value)
        more = max(1.0, max_abs(np.nan_to_num(prediction, posinf=0.0, neginf=0.0)) / size) if size else 1.0
        fits = apart <= np.minimum(more * own, np.maximum(own, self._visible))
        return bool(np.all(fits | np.isnan(prediction)))

    @cached_property
    def moved(self) -> float:
        """How far an entry may be off that another one's measurement predicts: by less than what is wrong."""
        return min(K * max_abs(self.measured.error), self._visible)

    @cached_property
    def _visible(self) -> float:
        """The part of what is wrong that a cause need not explain."""
        return MOVED * max_abs(np.where(self.wrong, self.derived - self.measured.value, 0.0))

    @property
    def _rounding(self) -> float:
        unit = max(float(np.finfo(a.dtype).eps) for a in (self.trial.primals[self.argnum], self.y))
        return ROUNDING * unit


def is_informative(prediction: Array) -> bool:
    """Return whether a prediction says enough: it is not NaN in one entry of eight at least."""
    return bool(8 * np.count_nonzero(~np.isnan(prediction)) >= prediction.size)


def calls_of(trial: Trial, argnum: int, outputs: int) -> int:
    """Return how many calls a specimen of so many outputs takes."""
    return EACH * trial.primals[argnum].size + outputs + OTHER_CALLS


def _form(trial: Trial) -> tuple[bool, bool]:
    """Return whether the output is no single array, and whether it is complex."""
    y = trial.call("forward", trial.layer.forward, *trial.arguments(), **trial.settings())
    nested = isinstance(y, tuple | list | dict)
    return nested, not nested and np.asarray(y).dtype.kind == "c"
