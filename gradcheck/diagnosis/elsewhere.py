"""Mistakes that differentiate the right function at another point, with other options, along other axes.

What each of them predicts has to be measured: along one direction first, where most turn out to be no cause,
and along a second one that tells whether the slopes of all outputs are the derived ones.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from enum import Enum

import numpy as np

from gradcheck._util import draw_signed, max_abs
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.budget import Budget
from gradcheck.diagnosis.candidates import Candidate, OtherOutputsError, OutsideError, candidates
from gradcheck.diagnosis.jacobians import STEP, steps
from gradcheck.diagnosis.misplaced import INPUT_FOR_OUTPUT, is_right_at_output
from gradcheck.diagnosis.overwritten import find_overwritten
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.errors import NothingToLearn
from gradcheck.numerics import Neighbourhood, Quotient, divide_difference, extrapolate, line_of_outputs
from gradcheck.types import Array

DIRECTION_ERROR = 1e-3
"""Along the first direction, a prediction that is off by a larger part is none."""
CONFIRMED = 1e-6
"""Along every direction, once two steps are extrapolated."""
TELLING = 10.0
"""A prediction differs from the right Jacobian if it is off by so many times what counts as equal."""
KINKED = 0.75
"""A map is taken to have a kink where half of a step leaves more than this part of how its sides differ.

A smooth one leaves half, a kink all of it.
"""
DIRECTIONS = 2
CALLS = 3
"""Forward calls that a candidate takes; the few that pass the first direction take more."""


class Fit(Enum):
    """What an example says of a mistake: it made this, it did not, or a right gradient looks the same."""

    FITS = "fits"
    MISSES = "misses"
    SAME = "same"


def measure_alternatives(
    s: Specimen, misses: Container[MistakeKey], budget: Budget, wanted: Container[MistakeKey] | None = None
) -> Iterator[tuple[MistakeKey, Fit]]:
    """Yield what an example says of each mistake that has to be measured.

    Those that have been `misses` elsewhere are left out, and of the others those that are not `wanted`,
    if only some are; where the budget ends, the rest is not looked at.
    """
    asked = INPUT_FOR_OUTPUT not in misses and (wanted is None or INPUT_FOR_OUTPUT in wanted)
    if asked and budget.affords(s.trial, CALLS):
        right = is_right_at_output(s)
        if right is not None:
            same = Fit.FITS if s.wrong.any() else Fit.SAME
            yield INPUT_FOR_OUTPUT, same if right else Fit.MISSES
    if s.wrong.any() and budget.affords(s.trial, CALLS):
        overwritten = find_overwritten(s)
        if overwritten is not None:
            yield overwritten, Fit.FITS
    for candidate in candidates(s):
        if candidate.key in misses or (wanted is not None and candidate.key not in wanted):
            continue
        if not budget.affords(s.trial, CALLS):
            return
        fit = _fit(s, candidate)
        if fit is not None:
            yield candidate.key, fit


def _fit(s: Specimen, candidate: Candidate) -> Fit | None:
    """Compare the slopes of all outputs along random directions with the derived ones.

    Outside of an input's domain nothing can be said, nor where the map has a kink.
    """
    if candidate.x.shape != s.shape:
        return Fit.MISSES
    rng = s.trial.rng("sketch")
    same = True
    try:
        near = _near(s, candidate)
        for attempt in range(DIRECTIONS):
            v = draw_signed(s.shape, rng) * steps(candidate.x) / STEP
            derived, right = (np.tensordot(a, v, v.ndim).ravel() for a in (s.derived, s.measured.value))
            line = line_of_outputs(near, v)
            coarse = divide_difference(line, STEP)
            if coarse is None:
                return Fit.MISSES
            size, bend = max(max_abs(coarse.slope), max_abs(derived)), max_abs(coarse.bend)
            if attempt == 0 and not max_abs(coarse.slope - derived) <= DIRECTION_ERROR * size + bend:
                return Fit.MISSES
            fine = divide_difference(line, STEP / 2.0)
            if fine is None:
                return Fit.MISSES
            if _is_kink(coarse, fine, size):
                return None
            slopes = extrapolate(coarse, fine)
            allowed = CONFIRMED * size + np.tensordot(s.allowed, np.abs(v), v.ndim).ravel()
            allowed = allowed + DIRECTION_ERROR * (np.abs(fine.slope - coarse.slope) + max_abs(fine.bend))
            if not np.all(np.abs(slopes - derived) <= allowed):
                return Fit.MISSES
            same = same and bool(np.all(np.abs(slopes - right) <= TELLING * allowed))
    except OutsideError:
        return None
    except (NothingToLearn, OtherOutputsError):
        return Fit.MISSES
    return Fit.SAME if same else Fit.FITS


def _is_kink(coarse: Quotient, fine: Quotient, size: float) -> bool:
    """Return whether the sides of a map differ by a part of its slopes that does not halve with the step.

    All inputs the same are where maxima tie; the mean of both sides is no derivative.
    """
    bend = max_abs(fine.bend)
    return bend > DIRECTION_ERROR * size and bend > KINKED * max_abs(coarse.bend)


def _near(s: Specimen, candidate: Candidate) -> Neighbourhood:
    """Return a candidate's map near its point, with those of its outputs that the layer has too."""
    y = _crop(s, candidate.outputs(candidate.x))
    nothing, eps = np.zeros_like(y), float(np.finfo(candidate.x.dtype).eps)
    return Neighbourhood(
        lambda x: _crop(s, candidate.outputs(x)), candidate.x, y, nothing, np.zeros(s.shape), eps
    )


def _crop(s: Specimen, y: Array) -> Array:
    """Return the outputs that the layer has too: with other options there may be more."""
    if y.ndim != s.y.ndim or any(there < here for there, here in zip(y.shape, s.y.shape, strict=True)):
        raise OtherOutputsError
    return y[tuple(slice(size) for size in s.y.shape)]
