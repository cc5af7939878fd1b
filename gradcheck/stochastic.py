"""Stochastic arithmetic: arrays whose operations round at random, so that rounding shows in what they make.

Where terms cancel, moving the inputs by an ulp may move all terms alike, and 1 − p is exactly zero
wherever p was rounded to 1: what rounding did is seen in no change of the inputs. If every operation errs
by a random part of the last place instead, repeated calls scatter as far as rounding reaches. After
J. Vignes, "Discrete stochastic arithmetic for validating results of numerical software", Numerical
Algorithms 37 (2004), and D. S. Parker, "Monte Carlo arithmetic", UCLA CSD-970002 (1997).

Only what NumPy computes is seen: a layer that leaves NumPy, or calls `numpy.asarray`, rounds as usual there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from gradcheck.errors import CannotVerify
from gradcheck.tree import mapped
from gradcheck.types import Array, Rng
from gradcheck.vectors import rms

Tree = TypeVar("Tree")
EXACT = frozenset(
    (
        *("absolute", "ceil", "clip", "conjugate", "copysign", "divmod", "fabs", "floor", "floor_divide"),
        *("fmax", "fmin", "fmod", "frexp", "heaviside", "ldexp", "maximum", "minimum", "modf", "negative"),
        *("nextafter", "positive", "remainder", "rint", "sign", "spacing", "trunc"),
    )
)
"""Functions whose results are not rounded, or must not be: maxima are compared with what they come from."""
BILINEAR = frozenset(("matmul", "matvec", "vecdot", "vecmat"))
MULTILINEAR = frozenset((np.convolve, np.correlate, np.dot, np.einsum, np.inner, np.tensordot, np.vdot))
BACKWARD_STABLE = ("numpy.linalg", "numpy.fft")
"""Modules whose functions are exact for inputs that are moved by a unit in the last place of the largest."""


@dataclass
class Dice:
    """The source of the noise, for so many operations; without a generator there is none: all are counted.

    A loop that ends when nothing changes any more may never end while rounding goes on at random.
    """

    rng: Rng | None
    left: int = sys.maxsize

    def thrown(self, shape: tuple[int, ...]) -> Array:
        """Return random numbers between −1 and 1."""
        return np.zeros(shape) if self.rng is None else self.rng.uniform(-1.0, 1.0, shape)

    def count(self) -> None:
        """Count an operation.

        Raises
        ------
        CannotVerify
            If it is one too many.
        """
        self.left -= 1
        if self.left < 0:
            message = (
                "with operations that round at random the layer takes many more of them, and may never end"
            )
            raise CannotVerify(message)


class Stochastic(np.ndarray[Any, Any]):
    """An array that makes others of its kind, every rounded entry off by a random part of its last place.

    Bilinear maps and sums err by the root mean square of the rounding of their terms. `unit` is the rounding
    unit of the array that came first: digits that are lost in a narrower type are no rounding of this one.
    """

    dice: Dice
    unit: float

    def __array_finalize__(self, obj: Any) -> None:
        self.dice = getattr(obj, "dice", None) or Dice(None)
        self.unit = getattr(obj, "unit", 0.0)

    def __getitem__(self, index: Any) -> Any:
        return self._kept(super().__getitem__(index))

    def dot(self, other: Any, out: Any = None) -> Any:
        """Return the product as `numpy.dot` does; the method of an array asks nobody."""
        return np.dot(self, other) if out is None else np.dot(self, other, out=out)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] | None = None, **options: Any
    ) -> Any:
        """Compute as usual, and add the noise; nothing is added where only some entries are asked for."""
        self.dice.count()
        inputs = _plain(inputs)
        is_partial = method == "at" or options.get("where", True) is not True
        if is_partial:
            into = {} if out is None else {"out": _plain(out)}
            return self._kept(getattr(ufunc, method)(*inputs, **into, **_plain(options)))
        result = getattr(ufunc, method)(*inputs, **_plain(options))
        if ufunc.__name__ not in EXACT:
            result = self._noisy(result, _rounding(ufunc, method, inputs, options))
        return self._kept(result) if out is None else _filled(out, result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Compute what goes through no universal function, and add the noise."""
        self.dice.count()
        if func in MULTILINEAR:
            args, options = _plain(args), dict(_plain(kwargs))
            out = options.pop("out", None)
            result = self._noisy(func(*args, **options), lambda _: _of_terms(func, args, options))
            return self._kept(result) if out is None else _filled((kwargs["out"],), result)
        if getattr(func, "__module__", None) in BACKWARD_STABLE:
            moved = mapped(_plain(args), self._moved)
            return mapped(func(*moved, **_plain(kwargs)), self._kept)
        return mapped(super().__array_function__(func, types, args, kwargs), self._kept)

    def _kept(self, value: Any) -> Any:
        """Return real and complex numbers as an array that rounds at random too, anything else as it is."""
        if isinstance(value, tuple):
            return tuple(map(self._kept, value))
        if not isinstance(value, np.ndarray | np.inexact) or value.dtype.kind not in "fc":
            return value
        return value if isinstance(value, Stochastic) else stochastic(np.asarray(value), self.dice, self.unit)

    def _noisy(self, result: Any, rounding: Callable[[Array], Array]) -> Any:
        """Return a result, or several, with noise of the size that `rounding` makes of it."""
        if isinstance(result, tuple):
            return tuple(self._noisy(part, rounding) for part in result)
        if not isinstance(result, np.ndarray | np.inexact) or result.dtype.kind not in "fc":
            return result
        value = np.asarray(result)
        with np.errstate(all="ignore"):
            noise = self._eps(value) * self._random(value if value.dtype.kind == "c" else rounding(value))
            return (value + np.where(np.isfinite(noise), noise, 0)).astype(value.dtype)

    def _moved(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
            return value
        size = rms(value.real) + 1j * rms(value.imag) if value.dtype.kind == "c" else rms(value)
        return (value + self._eps(value) * self._random(np.full(value.shape, size))).astype(value.dtype)

    def _random(self, size: Array) -> Array:
        """Return random numbers up to a size, part by part: a tiny imaginary part has digits of its own."""
        random = size.real * self.dice.thrown(size.shape)
        if size.dtype.kind != "c":
            return np.asarray(random)
        return np.asarray(random + 1j * (size.imag * self.dice.thrown(size.shape)))

    def _eps(self, a: Array) -> float:
        return min(self.unit, float(np.finfo(a.dtype).eps))


def stochastic(a: Array, dice: Dice, unit: float | None = None) -> Stochastic:
    """Return a view of a real or complex array that rounds at random, in its own type if no unit is given."""
    view = a.view(Stochastic)
    view.dice, view.unit = dice, float(np.finfo(a.dtype).eps) if unit is None else unit
    return view


def thrown(tree: Tree, dice: Dice | None) -> Tree:
    """Return nested arrays that round at random as dice have it; without dice, as they are."""
    if dice is None:
        return tree

    def leaf(value: Any) -> Any:
        is_rounded = isinstance(value, np.ndarray) and value.dtype.kind in "fc"
        return stochastic(value, dice) if is_rounded else value

    made: Tree = mapped(tree, leaf)
    return made


def _rounding(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> Callable[[Array], Array]:
    """Return the function from a result to its rounding, in rounding units."""

    def of(result: Array) -> Array:
        own = np.abs(result)
        is_sum = ufunc is np.add and method in ("reduce", "accumulate", "reduceat")
        if is_sum or (ufunc.__name__ in BILINEAR and method == "__call__"):
            kept = {name: value for name, value in options.items() if name not in ("initial", "dtype")}
            return np.maximum(own, _of_terms(getattr(ufunc, method), inputs, kept))
        if method != "__call__":
            return own
        if ufunc in (np.add, np.subtract):
            return np.where(_is_exact_sum(ufunc, inputs[0], inputs[1], result), 0.0, own)
        if ufunc in (np.multiply, np.divide):
            return np.where(_is_scaled(inputs[0], result) | _is_scaled(inputs[1], result), 0.0, own)
        return own

    return of


def _of_terms(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Array:
    """Return the root of the sum of the squares of the terms, for a sum of products."""
    return np.asarray(np.sqrt(np.abs(function(*mapped(tuple(args), _squared), **options))))


def _is_exact_sum(ufunc: np.ufunc, a: Any, b: Any, result: Array) -> Array:
    """Return where a sum lost nothing, by the error that Knuth's two-sum finds without error."""
    b = b if ufunc is np.add else np.negative(b)
    a, b = (np.asarray(part, dtype=result.dtype) for part in (a, b))
    other = result - a
    return np.asarray((a - (result - other)) + (b - other) == 0.0)


def _is_scaled(a: Any, result: Array) -> Array:
    """Return where a product or quotient has the digits of a factor, as by 1 or 2: it was not rounded."""
    return np.asarray(np.frexp(np.abs(a))[0] == np.frexp(np.abs(result))[0])


def _squared(value: Any) -> Any:
    return np.abs(value) ** 2 if np.asarray(value).dtype.kind in "fc" else value


def _filled(out: tuple[Any, ...], result: Any) -> Any:
    """Write results into the arrays that the caller gave for them, and return those."""
    for target, part in zip(out, result if isinstance(result, tuple) else (result,), strict=True):
        np.copyto(_plain(target), part, casting="unsafe")
    return out if len(out) > 1 else out[0]


def _plain(tree: Any) -> Any:
    """Return nested arrays without this arithmetic."""
    return mapped(tree, lambda leaf: leaf.view(np.ndarray) if isinstance(leaf, Stochastic) else leaf)
