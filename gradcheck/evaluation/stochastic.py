"""Stochastic arithmetic: arrays with a shadow in which every operation rounds at random.

Where terms cancel, moving the inputs by an ulp may move all terms alike, and 1 − p is exactly zero
wherever p was rounded to 1: what rounding did is seen in no change of the inputs. If every operation errs
by a random part of the last place instead, repeated calls scatter as far as rounding reaches. After
J. Vignes, "Discrete stochastic arithmetic for validating results of numerical software", Numerical
Algorithms 37 (2004), and D. S. Parker, "Monte Carlo arithmetic", UCLA CSD-970002 (1997).

The noise is in the shadow alone. The arrays themselves hold what they always hold, so that comparisons,
indices, branches and loops are those of an ordinary run, and nothing noisy is left behind in a layer.

Only what NumPy computes with these arrays is seen: a layer that leaves NumPy, calls `numpy.asarray` or writes
into a buffer of its own rounds as usual there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from gradcheck._util import map_leaves
from gradcheck.evaluation import roundings
from gradcheck.evaluation.dice import Dice
from gradcheck.evaluation.shadows import (
    ArrayWithShadow,
    drop_shadows,
    has_shadow,
    is_inexact,
    shadows_of,
    write_out,
)
from gradcheck.types import Array

Tree = TypeVar("Tree")
IN_PLACE = frozenset(("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"))
METHODS = (
    *("astype", "choose", "clip", "compress", "conj", "conjugate", "copy", "cumprod", "cumsum", "diagonal"),
    *("dot", "flatten", "max", "mean", "min", "prod", "ravel", "repeat", "reshape", "round", "squeeze"),
    *("std", "sum", "swapaxes", "take", "trace", "transpose", "var"),
)
OPERATORS = {
    **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power},
    **{"matmul": np.matmul, "floordiv": np.floor_divide, "mod": np.remainder},
}


class Stochastic(ArrayWithShadow):
    """An array with a shadow. `unit` is the rounding unit of the array that came first.

    Digits that are lost in a narrower type than the first are no rounding of this one, unless forward
    computes in that type itself.
    """

    dice: Dice
    unit: float

    def __array_finalize__(self, obj: Any) -> None:
        self.shadow = None
        self.dice, self.unit = getattr(obj, "dice", _NO_DICE), getattr(obj, "unit", 0.0)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] | None = None, **options: Any
    ) -> Any:
        """Compute as usual, and in the shadow with noise."""

        only = {"out": None} if "where" in options and method == "__call__" else {}

        def compute(inputs: Any, options: Any) -> Any:
            return getattr(ufunc, method)(*inputs, **options, **only)

        def rounding(result: Array) -> Any:
            return roundings.of_ufunc(ufunc, method, drop_shadows(inputs), drop_shadows(options), result)

        if method == "at":
            compute(drop_shadows(inputs), {})
            if has_shadow(inputs[0]):
                compute(shadows_of(inputs), {})
            return None
        value, noisy = self._compute_both(compute, inputs, options, rounding)
        if out is None:
            return self._attach_shadow(value, noisy)
        where = drop_shadows(options.get("where", True)) if method == "__call__" else True
        return write_out(out, value, noisy, where)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Compute what goes through no universal function, as usual and in the shadow with noise."""
        name = func.__name__
        if name in IN_PLACE:
            func(*drop_shadows(args), **drop_shadows(kwargs))
            if has_shadow(next(iter((*args, *kwargs.values())))):
                func(*shadows_of(args), **shadows_of(kwargs))
            return None
        options = dict(kwargs)
        out = options.pop("out", None)

        def compute(args: Any, options: Any) -> Any:
            return func(*args, **options)

        def rounding(result: Array) -> Any:
            return roundings.of_function(name, func, drop_shadows(args), drop_shadows(options), result)

        stable = func.__module__ == "numpy.linalg"
        value, noisy = self._compute_both(compute, args, options, rounding, perturb=stable)
        return self._attach_shadow(value, noisy) if out is None else write_out((out,), value, noisy, True)

    def _compute_both(
        self,
        compute: Callable[[Any, Any], Any],
        args: Any,
        options: Any,
        rounding: Callable[[Array], Any],
        *,
        perturb: bool = False,
    ) -> tuple[Any, Any]:
        """Return what is computed from plain arguments, and from their shadows.

        Algorithms of linear algebra are as exact as inputs off by units in the last place: `perturb` them.
        """
        value = compute(drop_shadows(args), drop_shadows(options))
        if self.dice.is_over:
            return value, value
        with np.errstate(all="ignore"):
            try:
                given = map_leaves(shadows_of(args), self._perturb) if perturb else shadows_of(args)
                noisy = compute(given, shadows_of(options))
            except Exception:
                return value, value
            return value, self._add_noise(value, noisy, rounding)

    def _add_noise(self, value: Any, noisy: Any, rounding: Callable[[Array], Any]) -> Any:
        if isinstance(value, tuple | list):
            parts = [self._add_noise(v, n, rounding) for v, n in zip(value, noisy, strict=True)]
            return tuple(parts) if isinstance(value, tuple) else parts
        if not is_inexact(value):
            return value
        array, shadow = np.asarray(value), np.asarray(noisy)
        self.dice.coarsest = max(self.dice.coarsest, float(np.finfo(array.dtype).eps))
        if array.shape != shadow.shape:
            return value
        size = rounding(array)
        if np.ndim(size) == 0 and size == 0.0:
            return shadow
        noise = self._random(np.asarray(size), array)
        return (shadow + np.where(np.isfinite(noise), noise, 0)).astype(array.dtype)

    def _random(self, size: Array, like: Array) -> Array:
        """Return random numbers up to a size, in rounding units, part by part of complex numbers."""
        unit = max(self.unit, self.dice.inside)
        eps = 0.0 if self.dice.is_still else min(unit, float(np.finfo(like.dtype).eps))
        assert self.dice.rng is not None
        random = size.real * self.dice.rng.uniform(-eps, eps, like.shape)
        if size.dtype.kind == "c":
            random = random + 1j * (size.imag * self.dice.rng.uniform(-eps, eps, like.shape))
        return np.asarray(random)

    def _perturb(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or not is_inexact(value):
            return value
        return (value + self._random(value, value)).astype(value.dtype)

    def _attach_shadow(self, value: Any, noisy: Any) -> Any:
        """Return a value together with its shadow, where it has one."""
        if isinstance(value, tuple | list):
            parts = [self._attach_shadow(v, n) for v, n in zip(value, noisy, strict=True)]
            if isinstance(value, tuple):
                return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
            return parts
        if self.dice.is_over or not is_inexact(value):
            return value
        return make_stochastic(value, self.dice, noisy, self.unit)

    def __getitem__(self, index: Any) -> Any:
        return self._attach_shadow(
            drop_shadows(self)[drop_shadows(index)], shadows_of(self)[drop_shadows(index)]
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        drop_shadows(self)[drop_shadows(index)] = drop_shadows(value)
        if has_shadow(self):
            self.shadow[drop_shadows(index)] = shadows_of(value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    @property
    def flat(self) -> Any:
        """The entries in order, to be read and written in both."""
        return _Flat(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        self.flat[:] = values

    def fill(self, value: Any) -> None:
        """Fill both."""
        self[...] = value

    def sort(self, *args: Any, **options: Any) -> None:
        """Sort both, in place."""
        for array in (drop_shadows(self), shadows_of(self)):
            array.sort(*args, **options)

    @property
    def T(self) -> Any:  # noqa: N802
        """The transposed array, as a view."""
        return self.transpose()

    @property
    def mT(self) -> Any:  # noqa: N802
        """The array with its last two axes transposed, as a view."""
        return self.swapaxes(-1, -2)

    @property  # type: ignore[misc]
    def real(self) -> Any:
        """The real parts, as a view."""
        return self._attach_shadow(drop_shadows(self).real, shadows_of(self).real)

    @property  # type: ignore[misc]
    def imag(self) -> Any:
        """The imaginary parts, as a view."""
        return self._attach_shadow(drop_shadows(self).imag, shadows_of(self).imag)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np.ndarray, name)

    def method(self: Stochastic, *args: Any, **options: Any) -> Any:
        def compute(args: Any, options: Any) -> Any:
            return function(*args, **options)

        def rounding(result: Array) -> Any:
            return roundings.of_function(
                name, function, drop_shadows((self, *args)), drop_shadows(options), result
            )

        out = options.pop("out", None)
        value, noisy = self._compute_both(compute, (self, *args), options, rounding)
        return self._attach_shadow(value, noisy) if out is None else write_out((out,), value, noisy, True)

    return method


for _name in METHODS:
    setattr(Stochastic, _name, _method(_name))


class _Flat:
    """An array's entries in order: NumPy's own iterator would write into the array alone."""

    def __init__(self, array: Stochastic) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> Any:
        array, index = self._array, drop_shadows(index)
        return array._attach_shadow(drop_shadows(array).flat[index], shadows_of(array).flat[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        array, index = self._array, drop_shadows(index)
        drop_shadows(array).flat[index] = drop_shadows(value)
        if has_shadow(array):
            array.shadow.flat[index] = shadows_of(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._array.ravel())

    def __len__(self) -> int:
        return self._array.size

    def __array__(self, *args: Any, **options: Any) -> Array:
        return np.array(drop_shadows(self._array).ravel(), *args, **options)


class Number(Stochastic):
    """What stands for one of NumPy's numbers: no name for it changes when another is added to."""

    is_number = True


for _name, _ufunc in OPERATORS.items():
    setattr(Number, f"__i{_name}__", lambda self, other, ufunc=_ufunc: ufunc(self, other))
_NO_DICE = Dice(None, is_over=True)


def make_stochastic(value: Any, dice: Dice, shadow: Any = None, unit: float | None = None) -> Stochastic:
    """Return an array or number with a shadow, or else a copy of itself, that rounds in its type or unit."""
    array = np.asarray(value).view(Stochastic if isinstance(value, np.ndarray) else Number)
    array.shadow = np.array(value) if shadow is None or shadow is value else np.asarray(shadow)
    array.dice = dice
    array.unit = float(np.finfo(array.dtype).eps) if unit is None else unit
    return array


def attach_shadows(tree: Tree, dice: Dice | None) -> Tree:
    """Return nested arrays and numbers with shadows that dice throw; without, as they are."""
    if dice is None or dice.rng is None:
        return tree

    def leaf(value: Any) -> Any:
        number = np.float64(value) if type(value) is float else value
        return make_stochastic(number, dice) if is_inexact(number) else value

    result: Tree = map_leaves(tree, leaf)
    return result
