"""Gradients of a forward map alone: exact ones by integer differences, numerical ones with their error.

A claim about a gradient has one of these on its left side, so that the formula under test is
never asked about itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gradcheck.errors import CannotVerify
from gradcheck.judging import compare_slope
from gradcheck.numerics import Line, Neighbourhood, measure_slope
from gradcheck.types import Array

SEED = 0
ENTRIES_CHECKED = 4
"""Entries in which the degree that the caller states is checked."""


@dataclass(frozen=True)
class Estimate:
    """A numerical result and how far it may be off, entry by entry."""

    value: Array
    error: Array


def exact_jacobian(f: Callable[[Array], Any], x: Array, *, degree: int = 1) -> Array:
    """Return ∂f/∂x without rounding, by differences of integers.

    Parameters
    ----------
    f
        A polynomial map of an integer array, of at most degree 2 in each single entry. It may
        return integers or fractions.
    x
        The point, an integer array.
    degree
        The degree in each single entry: 1 takes ``f(x + e) − f(x)``, 2 takes ``(f(x + e) − f(x − e)) / 2``.

    Returns
    -------
    Array
        Of shape ``f(x).shape + x.shape``: integers, or `fractions.Fraction` objects for degree 2.

    Raises
    ------
    ValueError
        If `degree` is neither 1 nor 2, or `f` is seen to have a higher one.
    """
    if degree not in (1, 2):
        message = f"degree must be 1 or 2, got {degree!r}"
        raise ValueError(message)
    y = np.asarray(f(x))
    _check_degree(f, x, y, degree)
    columns = []
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1
        if degree == 1:
            columns.append(np.asarray(f(x + step)) - y)
        else:
            change = np.asarray(f(x + step)) - np.asarray(f(x - step))
            columns.append(change * Fraction(1, 2))
    if not columns:
        return np.zeros(y.shape + x.shape, dtype=y.dtype)
    return np.stack(columns, axis=-1).reshape(y.shape + x.shape)


def _check_degree(f: Callable[[Array], Any], x: Array, y: Array, degree: int) -> None:
    """Compare a step of 2 with one of 1 in the first few entries: twice as far, twice the difference."""
    if x.dtype.kind == "f":
        return  # rounding would show as a higher degree
    for index in list(np.ndindex(x.shape))[:ENTRIES_CHECKED]:
        step = np.zeros_like(x)
        step[index] = 1
        near, far = (
            np.asarray(f(x + k * step)) - (y if degree == 1 else np.asarray(f(x - k * step))) for k in (1, 2)
        )
        if not np.array_equal(far, 2 * near):
            hint = "pass degree=2" if degree == 1 else "exact differences do not give its derivative"
            message = f"the map is not a polynomial of degree {degree} in entry {index}: {hint}"
            raise ValueError(message)


def exact_gradient(f: Callable[[Array], Any], x: Array, y_bar: Any, *, degree: int = 1) -> Array:
    """Return Σ ȳ ∂f/∂x without rounding: the gradient of c where ∂c/∂Y is `y_bar`.

    Parameters
    ----------
    f, x, degree
        As for `exact_jacobian`.
    y_bar
        An integer array of the shape of ``f(x)``.

    Returns
    -------
    Array
        Of the shape of `x`.
    """
    jacobian = exact_jacobian(f, x, degree=degree)
    weights = np.asarray(y_bar)
    return np.asarray(np.tensordot(weights, jacobian, axes=weights.ndim))


def numerical_gradient(f: Callable[[Array], Array], x: Array, y_bar: Array) -> Estimate:
    """Return Σ ȳ ∂f/∂x by finite differences that know their own error, entry by entry.

    Parameters
    ----------
    f
        A smooth map of a floating-point array.
    x, y_bar
        The point, and an array of the shape of ``f(x)``.

    Raises
    ------
    CannotVerify
        If no step size gives a settled slope in some entry.
    """
    x, y_bar = np.asarray(x), np.asarray(y_bar, dtype=np.float64)

    def function(moved: Array) -> Array:
        try:
            return np.array(f(moved))
        except Exception as cause:  # beyond the map's domain anything may come
            message = f"the map raised {type(cause).__name__}: {cause}"
            raise CannotVerify(message) from cause

    y = function(x.copy())
    if not np.all(np.isfinite(y)):
        message = "the map returned values that are not finite"
        raise CannotVerify(message)
    eps = max(float(np.finfo(a.dtype).eps) for a in (x, y))
    near = Neighbourhood(function, x, y, y_bar, np.zeros(x.shape), eps)
    value, error = np.zeros(x.shape), np.zeros(x.shape)
    rng = np.random.default_rng(SEED)
    for index in np.ndindex(x.shape):
        v = np.zeros(x.shape)
        v[index] = max(1.0, abs(float(x[index])))
        slope = compare_slope(measure_slope(Line(near, v), rng))
        if not np.isfinite(slope.error):
            message = f"the slope in entry {index} could not be resolved"
            raise CannotVerify(message)
        value[index], error[index] = slope.error / v[index], slope.allowed / v[index]
    return Estimate(value, error)
