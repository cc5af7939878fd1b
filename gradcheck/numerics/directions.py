"""Directions v along which an input is moved: dense, signed, and scaled so that no entry hides another."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from gradcheck._util import draw_signed, rms, widen
from gradcheck.numerics.line import Neighbourhood
from gradcheck.types import Array, Rng


class Scaling(StrEnum):
    """How far each entry moves in relation to the input; tried in this order."""

    CAPPED = "capped"
    RELATIVE = "relative"
    UNIT = "unit"


def direction(near: Neighbourhood, rng: Rng, scaling: Scaling = Scaling.CAPPED) -> Array:
    """Return v = sign·U[1,2]·s for the input of a `Neighbourhood`.

    With `Scaling.CAPPED`, s is the input's root mean square, but no more than ‖ȳ·y‖/|x̄ᵢ|:
    an entry whose predicted effect would exceed the output moves less. It is what makes
    inputs of 1e-8 and of 1e8 alike (docs/numerics.md, section 6).
    """
    x = widen(near.x)
    spread = rms(x) or 1.0
    random = draw_signed(x.shape, rng)
    if scaling is Scaling.RELATIVE:
        magnitude = np.abs(x)
        return np.asarray(random * np.where(magnitude > 0.0, magnitude, spread))
    if scaling is Scaling.UNIT:
        return np.asarray(random * max(1.0, spread))
    slope = np.abs(near.x_bar)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        cap = np.where(slope > 0.0, near.size / slope, np.inf)
    cap = np.where(cap > 0.0, cap, spread)
    return np.asarray(random * np.minimum(spread, cap))
