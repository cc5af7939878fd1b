"""Gradients of a forward map alone: exact ones by integer differences, numerical ones with their error.

A claim about a gradient has one of these on its left side, so that the formula under test is
never asked about itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Never

import numpy as np

from gradcheck._util import silence_warnings, slices, widen
from gradcheck.errors import CannotVerify
from gradcheck.judging import K
from gradcheck.layers import NO_TOLERANCE, OF_CHECKERS
from gradcheck.numerics import Neighbourhood, measure_gradient
from gradcheck.types import Array

SEED = 0
ENTRIES_CHECKED = 4
"""Entries in which the degree that the caller states is checked."""
TOGETHER = 256
"""Entries that are moved at once, each in a copy of the point: all of a large point would fill memory."""


@dataclass(frozen=True)
class Estimate:
    """A numerical result and how far it may be off, entry by entry."""

    value: Array
    error: Array


def exact_jacobian(f: Callable[[Array], Any], x: Array, *, degree: int = 1, stacked: bool = False) -> Array:
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
    stacked
        Whether `f` takes a stack of points as well, along a new first axis, and returns the stack of its
        values. All differences then come from one call.

    Returns
    -------
    Array
        Of shape ``f(x).shape + x.shape``: integers, or `fractions.Fraction` objects for degree 2.

    Raises
    ------
    ValueError
        If `degree` is neither 1 nor 2, or `f` is seen to have a higher one, or is `stacked` and returns of
        a stack something else than of its points.
    """
    changes, y = _changes(f, x, degree, stacked)
    jacobian = np.moveaxis(changes, 0, -1).reshape(y.shape + x.shape)
    return np.asarray(jacobian * Fraction(1, 2)) if degree == 2 and x.size else jacobian


def _changes(f: Callable[[Array], Any], x: Array, degree: int, stacked: bool) -> tuple[Array, Array]:
    """Return ``f(x + e) − f(x)`` for each entry of x, or ``f(x + e) − f(x − e)`` for degree 2, and f(x)."""
    if degree not in (1, 2):
        message = f"degree must be 1 or 2, got {degree!r}"
        raise ValueError(message)
    y = np.asarray(f(x))
    values = _values_of_stack if stacked else _values
    parts = [np.zeros((0, *y.shape), dtype=y.dtype)]
    for some in slices(x.size, TOGETHER):
        steps = _units(x, some)
        if some.start == 0 and x.dtype.kind != "f":  # rounding would show as a higher degree
            steps = np.concatenate((steps, 2 * steps[:ENTRIES_CHECKED]))
        if degree == 1:
            changes = values(f, x + steps, x, y) - y
        else:
            up, down = np.split(values(f, x + np.concatenate((steps, -steps)), x, y), 2)
            changes = up - down
        count = some.stop - some.start
        _check_degree(changes[:count], changes[count:], x.shape, degree)
        parts.append(changes[:count])
    return np.concatenate(parts), y


def _units(x: Array, some: slice) -> Array:
    """Return a step of 1 in each of some entries of x, along a new first axis."""
    steps = np.zeros((some.stop - some.start, x.size), dtype=x.dtype)
    steps[:, some] = np.eye(len(steps), dtype=x.dtype)
    return steps.reshape(-1, *x.shape)


def _values(f: Callable[[Array], Any], points: Array, x: Array, y: Array) -> Array:  # noqa: ARG001
    return np.stack([np.asarray(f(point)) for point in points])


def _values_of_stack(f: Callable[[Array], Any], points: Array, x: Array, y: Array) -> Array:
    """Return f of all points by one call; x comes last in it, so that its value is there to compare."""
    values = np.asarray(f(np.concatenate((points, x[None]))))
    expected = (len(points) + 1, *y.shape)
    if values.shape != expected or not np.array_equal(values[-1], y):
        got = f"shape {values.shape}" if values.shape != expected else "another value of the last"
        message = (
            f"stacked=True: of a stack of {expected[0]} points f must return their values, of shape "
            f"{expected}, got {got}; leave stacked= out and f is called point by point"
        )
        raise ValueError(message)
    return values[:-1]


def _check_degree(near: Array, far: Array, shape: tuple[int, ...], degree: int) -> None:
    """Compare a step of 2 with one of 1 in the first few entries: twice as far, twice the difference."""
    differs = np.argwhere(far != 2 * near[: len(far)])
    if differs.size:
        index = tuple(int(i) for i in np.unravel_index(differs[0, 0], shape))
        hint = "pass degree=2" if degree == 1 else "exact differences do not give its derivative"
        message = f"the map is not a polynomial of degree {degree} in entry {index}: {hint}"
        raise ValueError(message)


def exact_gradient(
    f: Callable[[Array], Any], x: Array, y_bar: Any, *, degree: int = 1, stacked: bool = False
) -> Array:
    """Return Σ ȳ ∂f/∂x without rounding: the gradient of c where ∂c/∂Y is `y_bar`.

    Parameters
    ----------
    f, x, degree, stacked
        As for `exact_jacobian`.
    y_bar
        An integer array of the shape of ``f(x)``.

    Returns
    -------
    Array
        Of the shape of `x`.
    """
    weights = np.asarray(y_bar)
    changes, y = _changes(f, x, degree, stacked)
    if weights.shape != y.shape:
        message = f"y_bar must have the shape of f(x), {y.shape}, got {weights.shape}"
        raise ValueError(message)
    if degree == 2:  # halves are taken once, of the sum, and Python's integers have no largest
        changes, weights = changes.astype(object), weights.astype(object)
    gradient = changes.reshape(x.size, y.size) @ weights.reshape(-1)
    return np.asarray(gradient * Fraction(1, 2) if degree == 2 else gradient).reshape(x.shape)


def _read_real(what: str, value: Any) -> Array:
    """Return numbers as a floating-point array."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        message = f"{what} must hold real numbers, got {type(value).__name__} of {array.dtype}"
        raise TypeError(message)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _steepest(function: Callable[[Array], Array], x: Array, y: Array, y_bar: Array) -> float:
    """Return the slope with which f would change by all of its size over all of the size of x."""
    spread = max(1.0, float(np.max(np.abs(widen(x)), initial=0.0)))
    sizes = [float(np.sum(np.abs(y_bar * y)))]
    for moved in (x + 0.5 * spread, x - 0.5 * spread):
        with suppress(CannotVerify):  # beyond the domain
            sizes.append(float(np.sum(np.abs(y_bar * function(moved.astype(x.dtype))))))
    return float(np.nanmax(sizes)) / spread


def _demand_one_array(f: Any, data: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Raise `TypeError` where f takes more than one array, or more came, as SciPy's functions take it."""
    try:
        parameters = [*inspect.signature(f).parameters.values()]
    except (TypeError, ValueError):  # a builtin without a signature
        parameters = []
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in positional if p.default is p.empty]
    name = getattr(f, "__name__", "f")
    name = name if name.isidentifier() else "f"
    if len(needed) > 1 or data or "args" in options:
        taken = needed if len(needed) > 1 else [p.name for p in positional]
        x, *others = taken if len(taken) > 1 else ("x", "a", "b")
        message = (
            f"numerical_gradient differentiates a function of one array: what else {name} takes stands in a "
            f"lambda, as in numerical_gradient(lambda {x}: {name}({', '.join((x, *others))}), {x}0)"
        )
        raise TypeError(message)
    if options:
        message = f"numerical_gradient takes f, x and y_bar, got {', '.join(f'{key}=' for key in options)}"
        raise TypeError(message + (f"; {NO_TOLERANCE}" if {*OF_CHECKERS} & {*options} else ""))


def numerical_gradient(
    f: Callable[[Array], Any], x: Any, y_bar: Any = None, *data: Never, **options: Never
) -> Estimate:
    """Return Σ ȳ ∂f/∂x by finite differences that know their own error.

    Each entry takes some 18 calls of `f`; if it is elementwise, all together take as many, and about
    log₂ of their number more, which see that it is.

    Parameters
    ----------
    f
        A smooth map of a floating-point array. It always returns the same for the same array.
    x
        The point, as an array, a number, or nested lists.
    y_bar
        An array of the shape of ``f(x)``; of a function of one value it may be left out, and is 1.
    *data, **options
        None: data that `f` takes beside x stand in a lambda, which is said to those who pass them.

    Raises
    ------
    TypeError
        If `f` is no function of one array, or `x`, `y_bar` or ``f(x)`` holds no real numbers.
    ValueError
        If `y_bar` is left out and ``f(x)`` has several entries, or has another shape than ``f(x)``.
    CannotVerify
        If no step size gives a slope in some entry, as at a jump or where it is infinite, or the two sides of
        it have different ones.
    """
    if not callable(f):
        message = f"f must be a function of one array, got {type(f).__name__}: {f!r}"
        raise TypeError(message)
    _demand_one_array(f, data, options)
    x = _read_real("x", x)

    def function(moved: Array) -> Array:
        try:
            value = f(moved)
        except Exception as cause:  # beyond the map's domain anything may come
            message = f"the map raised {type(cause).__name__}: {cause}"
            raise CannotVerify(message) from cause
        return _read_real("f(x)", value).copy()

    y = function(x.copy())
    if y_bar is None and y.size != 1:
        message = f"y_bar must say which sum of the entries of f(x) is meant, whose shape is {y.shape}"
        raise ValueError(message)
    y_bar = np.ones(y.shape) if y_bar is None else _read_real("y_bar", y_bar).astype(np.float64)
    if y_bar.shape != y.shape:
        message = f"y_bar has the shape {y_bar.shape}, expected that of f(x), {y.shape}"
        raise ValueError(message)
    if not np.all(np.isfinite(y)):
        message = "the map returned values that are not finite"
        raise CannotVerify(message)
    eps = max(float(np.finfo(a.dtype).eps) for a in (x, y))
    near = Neighbourhood(function, x, y, y_bar, np.zeros(x.shape), eps)
    with silence_warnings():  # where steps lead is no matter of the caller's
        found = measure_gradient(near, np.random.default_rng(SEED))
        # An error larger than the slope, and than all of f over all of x: there is no slope to measure.
        is_vague = K * found.error > np.abs(found.value)
        most = _steepest(function, x, y, y_bar) if is_vague.any() else np.inf
    is_nothing = ~np.isfinite(found.error) | (is_vague & (K * found.error > most))
    for index, nothing, jump in zip(np.ndindex(x.shape), is_nothing, found.jump, strict=True):
        if nothing:
            message = f"the slope in entry {index} could not be resolved"
            raise CannotVerify(message)
        if jump > K:
            message = f"entry {index} is on a kink: its one-sided slopes differ"
            raise CannotVerify(message)
    return Estimate(found.value.reshape(x.shape), K * found.error.reshape(x.shape))
