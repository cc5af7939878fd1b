"""Mistakes that leave a term out, or put one in: a residual connection, a penalty, a small ε, float32."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcheck._util import max_abs, widen
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.scalings import NEAR, ratio
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.types import Array

SMALL = 1e-3
"""A larger relative difference looks like no approximation."""
FEW_ULPS = 8.0 * 2.0**-24
"""What computing in float32 leaves, relative to the largest entry. Eight times as much is what integrators
leave with their usual tolerances; half of it leaves out sums of a hundred terms."""
ALIKE = 0.05
"""Within this part, small numbers that are found entry by entry are one number."""
LAW = 1e-2
"""Within this part, a derivative follows the law of a logarithm, or of a root."""
SPREAD = 2.0
"""Inputs that differ by a smaller factor tell no ε from a constant factor."""
FEWEST = 3
"""So many entries at least make a rule."""
ONE_SIDED = 0.9
"""The mean of signs beyond which errors are to one side."""
NEARLY = 0.75
"""An approximation is off in so large a part of the entries; the others agree by chance."""
PENALTY = {1.0: "once", -1.0: "missing", 0.5: "half", 2.0: "twice", -2.0: "missing", -0.5: "missing"}
"""By how many times an option the input is added too much, for each how that comes about."""


def remainders(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Yield what the derived Jacobian would be with a term too many, or too few."""
    J = s.measured.value
    if s.y.shape == s.shape:
        one = np.eye(s.y.size).reshape(J.shape)
        yield ("identity",), one
        yield ("residual", "missing"), J - one
        yield ("residual", "added"), J + one
    if s.y.size == 1 and int(np.prod(s.shape)) >= FEWEST:
        yield from _penalties(s)
    in_float32 = _in_float32(s)
    if in_float32 is not None:
        yield ("float32",), s.derived if in_float32 else None
    yield from _epsilons(s)
    yield ("approximation",), s.derived if _is_near(s) else None


def _penalties(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Add a multiple of the input to a loss's gradient: the derivative of a penalty on its square."""
    J, x = s.measured.value, widen(s.trial.primals[s.argnum]).reshape(s.measured.value.shape)
    c = ratio(x, s.derived - J, s.allowed)
    for name, value in s.trial.options.items():
        if type(value) is float and value != 0.0:
            for factor in PENALTY:
                near = c is not None and abs(c - factor * value) <= NEAR * abs(factor * value)
                yield ("penalty", name, factor), J + factor * value * x if near else None
    if c is not None:
        yield ("term", float(f"{c:.4g}")), J + c * x


def _in_float32(s: Specimen) -> bool | None:
    """Return whether the derived Jacobian is right to a few float32 digits, and no further by any rule.

    None where too few entries are off to tell that from an approximation, which errs to one side.
    """
    J, derived = s.measured.value, s.derived
    if s.trial.primals[s.argnum].dtype != np.float64 or not 0.0 < s.gap <= FEW_ULPS:
        return False
    is_round = np.array_equal(derived, derived.astype(np.float16))  # as a sign is, in any precision
    if np.array_equal(derived, derived.astype(np.float32)) and not is_round:
        return True
    some = s.wrong & (np.abs(J) > 0.0)
    signs = np.sign((derived - J)[some] * J[some])
    return bool(abs(signs.mean()) < ONE_SIDED) if len(signs) >= 2 * FEWEST else None


def _epsilons(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Drop a small number that forward adds to its input under a logarithm or a root."""
    J, x = s.measured.value, np.broadcast_to(widen(s.trial.primals[s.argnum]), s.measured.value.shape)
    some = s.wrong & (np.abs(J) > s.allowed) & (x != 0.0)
    if not 0.0 < s.gap <= SMALL or some.sum() < FEWEST:
        return
    moduli = np.abs(x[some])
    if moduli.max() < SPREAD * moduli.min():
        return
    share = s.derived[some] / J[some]
    linear, square = (share - 1.0) * x[some], (np.square(share) - 1.0) * np.square(x[some])
    for name, found, law in (
        ("logarithm", linear, J[some] * x[some]),
        ("root", 2.0 * linear, J[some] * np.sqrt(np.abs(x[some]))),
        ("root of a square", square, np.abs(J[some])),
        ("somewhere", linear, None),
    ):
        eps = float(np.median(found))
        if eps > 0.0 and max_abs(found / eps - 1.0) <= ALIKE:
            if law is None:
                yield ("epsilon", name), s.derived
            elif max_abs(np.abs(law) / np.median(np.abs(law)) - 1.0) <= LAW:
                yield ("epsilon", name, float(f"{eps:.1g}")), s.derived


def _is_near(s: Specimen) -> bool:
    """Return whether the derived Jacobian is off by little, and that in nearly every entry."""
    some = np.abs(s.measured.value) > s.allowed
    return bool(0.0 < s.gap <= SMALL and some.any() and s.wrong[some].mean() >= NEARLY)
