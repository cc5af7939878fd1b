"""Points at which a right gradient looks wrong, one for each excuse there is, and wrong ones beside them.

Among ordinary right gradients hardly one in a hundred comes under suspicion, so that a sample of those alone
would say nothing of the constants of the excuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck.types import Array

X = np.array([1.0, -2.0, 3.0])


@dataclass(frozen=True)
class Hard:
    """y = f(x) entry by entry with its derived slope, at a point; `is_right` says what the slope is."""

    name: str
    f: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    x: Array
    is_right: bool = True
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def layer(self) -> Layer:
        """The layer of the two functions."""
        return Layer(
            self.f,
            lambda x: (self.f(x), lambda y_bar: self.slope(x) * y_bar),
            name=self.name,
            shapes={"x": "n"},
            **self.fields,
        )


def _kept_to_22_bits(x: Array) -> Array:
    return (2.0**30 + np.sin(x)) - 2.0**30


def _log_of_one_plus_square(x: Array) -> Array:
    return np.asarray(np.log(1 + x * x))


def _softplus(x: Array) -> Array:
    return np.asarray(np.log(1 + np.exp(x)))


def _versine(x: Array) -> Array:
    """Return (1 − cos x)/x² by numbers of Python, which loses half of the digits and keeps no shadow."""
    return np.array([(1 - math.cos(each)) / each**2 for each in x.tolist()])


def _slope_of_versine(x: Array) -> Array:
    """Return its slope, which loses more of them."""
    return np.array([(e * math.sin(e) - 2 * (1 - math.cos(e))) / e**3 for e in x.tolist()])


def _stored_in_float32(x: Array) -> Array:
    return np.sin(x).astype(np.float32).astype(x.dtype)


def _leftover(x: Array) -> Any:
    """Return what rounding leaves of √2² − 2: the same for every x, less in a wider precision."""
    return 1e13 * (np.sqrt(x.dtype.type(2)) ** 2 - 2)


def _quotient(x: Array) -> Array:
    """Return the slope of sin(1000 x) by a step that is too large, in every precision."""
    h = np.finfo(x.dtype).eps ** 0.4
    return np.asarray((np.sin(1e3 * (x + h)) - np.sin(1e3 * x)) / h)


def _coarse(x: Array) -> Array:
    """Return 2 x, a hundredth too large in single precision alone."""
    return np.asarray(2 * x * (1.01 if x.dtype == np.float32 else 1.0))


SMALL = np.array([1e-4, 3e-5, 1e-6])
HEIGHT = np.array([1e-12, 1.0, 1.0])
BESIDE_A_POLE = np.array([3e-12, 1e-11, 1.0])
EDGE = {"domain": {"x": (0.25, 1.0)}}
AT_EDGE = np.array([0.25, 1.0])


def _rows() -> Iterator[Hard]:
    yield Hard("kept to 22 bits", _kept_to_22_bits, np.cos, X)
    yield Hard("kept to 22 bits, 1 % off", _kept_to_22_bits, lambda x: 1.01 * np.cos(x), X, False)
    yield Hard("naive 1 - cos", lambda x: 1 - np.cos(x), np.sin, 1e-8 * X)
    yield Hard("naive log(1 + x²)", _log_of_one_plus_square, lambda x: 2 * x / (1 + x * x), 1e-7 * X)
    yield Hard("lost by numbers of Python", _versine, _slope_of_versine, SMALL)
    yield Hard("numbers of Python, 1 % off", _versine, lambda x: 1.01 * _slope_of_versine(x), X, False)
    yield Hard("naive softplus", _softplus, lambda x: 1 / (1 + np.exp(-x)), -np.array([30.0, 36.0, 192.0]))
    yield Hard("softplus, 1 % off", _softplus, lambda x: 1.01 / (1 + np.exp(-x)), X, False)
    yield Hard("stored in float32", _stored_in_float32, np.cos, X)
    yield Hard("stored in float32, 1 % off", _stored_in_float32, lambda x: 1.01 * np.cos(x), X, False)
    yield Hard("rounding in the pullback", lambda x: 1 * x, lambda x: 1 + _leftover(x) + 0 * x, X)
    yield Hard("rounding, 0.1 % off", lambda x: 1 * x, lambda x: 1.001 + _leftover(x) + 0 * x, X, False)
    yield Hard("difference quotient", lambda x: np.sin(1e3 * x), _quotient, X, False)
    yield Hard(
        "coarse in float32", lambda x: x * x, _coarse, X.astype(np.float32), False, {"dtype": "float32"}
    )
    yield Hard("beside a pole", lambda x: HEIGHT / x, lambda x: -HEIGHT / x**2, BESIDE_A_POLE)
    for entry in range(3):
        off = np.where(np.arange(3) == entry, 1.5, 1.0)
        name, slope = f"beside a pole, entry {entry} off", _times(off)
        yield Hard(name, lambda x: HEIGHT / x, slope, BESIDE_A_POLE, False)
    yield Hard("at an edge", np.sin, np.cos, AT_EDGE, True, EDGE)
    yield Hard("at an edge, twice", np.sin, lambda x: 2 * np.cos(x), AT_EDGE, False, EDGE)
    yield Hard("float32 at an edge", _stored_in_float32, np.cos, AT_EDGE, True, EDGE)
    yield Hard("at a minimum", lambda x: (x - 1) ** 2, lambda x: 2 * (x - 1), np.ones(3))


def _times(off: Array) -> Callable[[Array], Array]:
    return lambda x: -off * HEIGHT / x**2


HARD: tuple[Hard, ...] = tuple(_rows())
"""Right and wrong ones, in pairs where one has the other beside it."""
