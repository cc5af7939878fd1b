"""Normalisations whose statistics are held constant: a mean, a variance, a norm or a total.

The Jacobian of such a map is D (I − 1 1ᵀ/n − c u uᵀ) in each group of n entries, where u is what is left of
the input after its mean, or the input itself where none is subtracted. One that holds a statistic constant
lacks a term of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcheck._util import max_abs
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.types import Array

FEWEST = 3
"""With fewer entries in a group, every Jacobian of it looks like that of a normalisation."""
SAME = 1e-5
"""What is left of a term, as a part of the Jacobian, may be the error of measurement."""
NAMES = ("mean and variance", "mean", "variance", "norm", "total")


def statistics(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Yield the derived Jacobian for each statistic whose absence explains it, else None.

    It is NaN where no group tells: entries that are all equal have no variance whose absence could be seen.
    """
    if s.y.shape != s.shape or s.y.size < FEWEST:
        return
    flat = (s.y.size, s.y.size)
    J, derived = s.measured.value.reshape(flat), s.derived.reshape(flat)
    x, y = np.asarray(s.trial.primals[s.argnum], float).ravel(), s.y.ravel()
    groups = [group for group in _groups(J) if len(group) >= FEWEST]
    if not groups or np.any(np.abs(derived[_outside(J, groups)]) > SAME * max_abs(J)):
        return
    for name in NAMES:
        fits = [_lacks(name, J[np.ix_(g, g)], derived[np.ix_(g, g)], x[g], y[g]) for g in groups]
        unknown = np.full(s.derived.shape, np.nan)
        prediction = s.derived if True in fits else unknown
        yield ("held constant", name), None if False in fits else prediction


def _groups(J: Array) -> list[Array]:
    """Return the sets of entries that depend on each other."""
    touches = np.abs(J) > SAME * max_abs(J)
    touches = touches | touches.T | np.eye(len(J), dtype=bool)
    left, groups = set(range(len(J))), []
    while left:
        group = {left.pop()}
        while True:
            reached = set(np.flatnonzero(touches[sorted(group)].any(axis=0)).tolist())
            if reached == group:
                break
            group = reached
        left -= group
        groups.append(np.array(sorted(group)))
    return groups


def _outside(J: Array, groups: list[Array]) -> Array:
    """Return the entries of the Jacobian that lie in no group, those of single entries included."""
    outside = np.ones(J.shape, bool)
    for group in groups:
        outside[np.ix_(group, group)] = False
    return outside


def _lacks(name: str, J: Array, derived: Array, x: Array, y: Array) -> bool | None:
    """Return whether the derived Jacobian of a group is the measured one without a term for a statistic.

    None where the group does not tell, because what the variance leaves is zero there.
    """
    n, size = len(J), max_abs(J) or 1.0
    term, one, u = derived - J, np.eye(n), x - x.mean()
    alike = bool(np.ptp(x) == 0.0)
    if max_abs(term) <= SAME * size:
        return None if name == "variance" and alike else False
    if name == "total":
        return _near(derived, np.diag(y), size) and _near(term, np.outer(y, y) / (y.sum() or 1.0), size)
    scales = {"mean": n * term[:, 0], "variance": np.diag(derived) / (1.0 - 1.0 / n)}
    D = scales.get(name, np.diag(derived))
    if np.any(D == 0.0):
        return False
    # the terms that are there, and those that are not
    left, lost = one - derived / D[:, None], term / D[:, None]
    mean, variance = np.full((n, n), 1.0 / n), np.outer(u, u)
    if name == "mean":
        return _near(lost, mean, 1.0) and (_near(left, 0.0 * one, 1.0) or _multiple(left, variance))
    if name == "variance":
        return _near(left, mean, 1.0) and _multiple(lost, variance)
    if name == "norm":
        return _near(left, 0.0 * one, 1.0) and _multiple(lost, np.outer(x, x))
    if alike:
        return None if _near(left, 0.0 * one, 1.0) and _near(lost, mean, 1.0) else False
    return _near(left, 0.0 * one, 1.0) and _multiple(lost - mean, variance)


def _near(a: Array, b: Array, size: float) -> bool:
    return max_abs(a - b) <= 10.0 * SAME * size


def _multiple(a: Array, b: Array) -> bool:
    scale = float(np.vdot(b, b))
    if scale == 0.0:
        return False
    c = float(np.vdot(b, a)) / scale
    return c > 0.0 and max_abs(a - c * b) <= 1e-4 * max(max_abs(a), SAME)
