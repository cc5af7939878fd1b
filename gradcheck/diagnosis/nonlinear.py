"""What a pullback is that is not linear in the cotangent: one that does not multiply by it, or twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradcheck._util import max_abs
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen

SAME = 1e-6


def nonlinear(failing: Sequence[Specimen]) -> MistakeKey:
    """Return what a pullback is that is no sum of its rows; one that differs from call to call is that."""
    if not all(specimen.is_repeatable for specimen in failing):
        return ("unrepeatable",)
    for name, holds in _KINDS.items():
        if all(holds(specimen) for specimen in failing if not specimen.is_linear):
            return ("nonlinear", name)
    return ("nonlinear",)


def _equal(s: Specimen, factor: float, times: float) -> bool:
    """Return whether a cotangent that is so many times as large gives what is so many times as large."""
    once, other = s.pull(1.0, factor)
    return max_abs(other - times * once) <= SAME * max(max_abs(once), max_abs(other))


def _has_offset(s: Specimen) -> bool:
    """Return whether something is left at a cotangent of zero, and only that is not linear."""
    rest, once, other = s.pull(0.0, 1.0, -2.0)
    if not np.all(np.isfinite(rest)) or max_abs(rest) == 0.0:
        return False
    once, other = once - rest, other - rest
    return max_abs(other + 2.0 * once) <= SAME * max(max_abs(once), max_abs(rest))


_KINDS: dict[str, Callable[[Specimen], bool]] = {
    "constant": lambda s: _equal(s, 3.0, 1.0) and _equal(s, -1.0, 1.0),
    "scale": lambda s: _equal(s, 3.0, 1.0) and _equal(s, -1.0, -1.0),
    "even": lambda s: _equal(s, 3.0, 3.0) and _equal(s, -1.0, 1.0),
    "squared": lambda s: _equal(s, 3.0, 9.0),
    "offset": _has_offset,
}
