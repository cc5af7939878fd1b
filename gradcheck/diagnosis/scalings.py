"""Mistakes that multiply the whole cotangent by one number: a sign, a two, a size, an option."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import prod, sqrt
from typing import Any

import numpy as np

from gradcheck._util import max_abs
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.types import Array

FACTORS = {2.0: "twice", 0.5: "half", -2.0: "minus twice", 3.0: "three times", 4.0: "four times"}
NEAR = 1e-4
"""A factor that is measured to be so near to a size is that size, as far as this measurement goes."""
FIRST_INPUTS = 8
"""Sizes of so many inputs are tried, and of the one whose cotangent is wrong."""
CONSTANT_DIGITS = 6


def typical_factors(s: Specimen) -> Iterator[tuple[MistakeKey, float]]:
    """Yield the numbers by which a cotangent is wrongly multiplied, each with its name."""
    yield ("zero",), 0.0
    yield ("sign",), -1.0
    for factor in FACTORS:
        yield ("factor", factor), factor
    for whose, size in sizes(s).items():
        if size > 0:
            yield ("times size", *whose), size
            yield ("divided by size", *whose), 1.0 / size


def scalings(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Yield the Jacobian times each of them; None where the derived one is clearly no such multiple of it."""
    J = s.measured.value
    c = ratio(J, s.derived, s.allowed)
    for key, factor in typical_factors(s):
        near = c is not None and abs(factor - c) <= NEAR * max(abs(factor), abs(c))
        yield key, factor * J if near or factor == 0.0 else None
    if c is not None and round_factor(c) != 0.0:
        yield ("constant", round_factor(c)), c * J


def partial_scalings(s: Specimen) -> Iterator[tuple[MistakeKey, Array | None]]:
    """Yield the Jacobian with its wrong entries alone multiplied by each of them."""
    J = s.measured.value
    some = s.wrong & (np.abs(J) > s.allowed)
    c = ratio(J[some], s.derived[some], s.allowed[some]) if some.any() else None
    for key, factor in typical_factors(s):
        if factor != 0.0:
            near = c is not None and abs(factor - c) <= NEAR * max(abs(factor), abs(c))
            yield ("partly", *key), np.where(some, factor * J, J) if near else None
    if c is not None and round_factor(c) != 0.0:  # zero is what some terms are that are missing
        yield ("partly", "constant", round_factor(c)), np.where(some, c * J, J)


def ratio(J: Array, derived: Array, allowed: Array) -> float | None:
    """Return the number that times one array is nearest to the other, as well as entries are known."""
    known = np.broadcast_to(np.maximum(allowed, np.finfo(float).tiny), J.shape)
    unit = J / known
    scale = max_abs(unit)
    if scale == 0.0 or not np.isfinite(scale):
        return None
    unit = unit / scale
    return float(np.vdot(unit, derived / known / scale)) / float(np.vdot(unit, unit))


def round_factor(c: float) -> float:
    """Return a number with the digits that it takes to tell it from 1, and not those of rounding."""
    apart = abs(c - 1.0)
    return 1.0 + float(f"{c - 1.0:.2g}") if 0.0 < apart < 1e-2 else float(f"{c:.{CONSTANT_DIGITS}g}")


def sizes(s: Specimen) -> dict[MistakeKey, float]:
    """Return the sizes and options of an example, with what is made of them: a root, a square, one less."""
    found: dict[MistakeKey, float] = {("input", "all"): prod(s.own_shape)}
    for axes in subsets(len(s.output_shape)):
        whole = len(axes) == len(s.output_shape)
        found["output", "all" if whole else axes] = prod(s.output_shape[axis] for axis in axes)
    if s.nested or not s.output_shape:
        found["output", "all"] = s.y.size
    for i, (name, x) in enumerate(zip(s.trial.names, s.trial.primals, strict=True)):
        if i == s.argnum or i < FIRST_INPUTS:
            shape = x.shape[:-1] if s.trial.inputs.leaves[i].slot.is_complex else x.shape
            found |= {
                key: size for key, size in _sizes_of(name, shape) if i != s.argnum or "entries" not in key
            }
    for name, option in s.trial.options.items():
        found |= {(name, power): size for power, size in powers(option)}
    return found


def _sizes_of(name: str, shape: tuple[int, ...]) -> Iterator[tuple[MistakeKey, float]]:
    for axis, size in enumerate(shape):
        yield (name, (axis,)), size
        yield (name, (axis,), "root"), sqrt(size)
        yield (name, (axis,), "squared"), size**2
        if size > 1:
            yield (name, (axis,), "over one less"), size / (size - 1)
    if len(shape) > 2:
        for axes in combinations(range(len(shape)), 2):
            yield (name, axes), prod(shape[axis] for axis in axes)
    if len(shape) > 1:
        yield (name, "entries"), prod(shape)


def powers(option: Any) -> Iterator[tuple[str, float]]:
    """Yield the number of places of a window of this size, or these sizes; or a rate and what it leaves."""
    if type(option) is int:
        yield from (("value", option), ("square", option**2))
    elif isinstance(option, tuple) and option and all(type(n) is int for n in option):
        yield "square", prod(option)
    elif type(option) is float:
        yield "value", option
        yield "root", sqrt(option) if option > 0.0 else 0.0
        if 0.0 < option < 1.0:
            yield "complement", 1.0 - option


def subsets(ndim: int) -> Iterator[tuple[int, ...]]:
    """Yield every set of axes but the empty one, the smaller ones first."""
    for count in range(1, ndim + 1):
        yield from combinations(range(ndim), count)
