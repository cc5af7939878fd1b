"""The agreed form of inputs and cotangents, and the sentences that say how it was broken.

Behind this door every input is a real array: a nested input is the sequence of its leaves, and a complex
leaf z is the real array of its parts, (…, 2).

The convention for complex numbers follows from it: the cotangent of z is ∂c/∂Re z + i ∂c/∂Im z, so that
dc = Re Σ conj(z̄) dz. (It is the direction of steepest ascent, and the conjugate of what JAX returns.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck._util import count_noun, leaves, match_leaves, native
from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.evaluation.kinds import (
    NUMBERS,
    PYTHON,
    describe_kind,
    is_opaque,
    is_written_out,
    mend,
    refuse_special,
)
from gradcheck.types import Array, Pullback


@dataclass(frozen=True)
class Slot:
    """How one leaf looks to the layer: a bare number or an array, of complex or of real numbers."""

    is_number: bool
    is_complex: bool

    @classmethod
    def of(cls, value: Any) -> Slot:
        """Return the slot that `value` fills."""
        return cls(not isinstance(value, np.ndarray), np.asarray(value).dtype.kind == "c")

    @classmethod
    def of_output(cls, value: Any) -> Slot:
        """Return the slot of a cotangent of the output `value`.

        NumPy makes numbers of arrays without axes as it goes; a backward that writes into its cotangent,
        as ``d[x <= 0] = 0`` does, expects an array there, and ``float(d)`` takes one too.
        """
        is_array = isinstance(value, np.ndarray | np.generic)
        return cls(not is_array, (value if is_array else np.asarray(value)).dtype.kind == "c")

    def read(self, value: Any) -> Array:
        """Return a leaf as a real array: as it is, or as its real and imaginary parts."""
        array = np.asarray(value)
        return np.stack([array.real, array.imag], axis=-1) if self.is_complex else array

    def fill(self, array: Array, *, copy: bool = True) -> Any:
        """Return a leaf in the layer's own form; unless `copy`, it may be the array itself."""
        if self.is_complex:
            pairs = np.ascontiguousarray(array)
            array = pairs.view(np.result_type(array.dtype, np.complex64))[..., 0]
        if self.is_number:
            return array[()]
        return array.copy() if copy else array


def read_primal(layer: str, name: str, value: Any) -> Array:
    """Return one leaf of a primal as a real array.

    Raises
    ------
    CannotVerify
        If it is no array of numbers, and no number.
    """
    if is_opaque(value):
        expected = mend(value, name, "pass") or f"what has no derivative is declared constants=({name!r},)"
        found = f"{name!r} of {layer!r} is {describe_kind(value)}"
        message = f"{found}; an array of numbers is expected: {expected}"
        raise CannotVerify(message)
    array = native(np.asarray(value))
    return array if array.dtype.kind != "c" else Slot.of(value).read(array)


def split_vjp(layer: str, role: str, returned: Any) -> tuple[Any, Pullback]:
    """Return the pair (y, pullback) that a VJP returned.

    Raises
    ------
    BrokenContract
        If it is no such pair.
    """
    if not isinstance(returned, tuple) or len(returned) != 2:
        message = f"{role} of {layer!r} must return the pair (y, pullback), got {describe_kind(returned)}"
        raise BrokenContract(message)
    y, pullback = returned
    if not isinstance(pullback, Callable):  # type: ignore[arg-type]
        found = describe_kind(pullback)
        message = f"{role} of {layer!r} must return the pair (y, pullback), but pullback is {found}"
        raise BrokenContract(message)
    return y, pullback


def arrange_cotangents(
    layer: str,
    returned: Any,
    names: Sequence[str],
    without: Sequence[str] = (),
    role: str = "pullback",
    *,
    single: bool = False,
) -> tuple[Any, ...]:
    """Return what a pullback returned as a tuple with one entry for each primal.

    Parameters
    ----------
    layer, role
        For messages.
    returned
        A tuple or list in the order of the primals, a dict by their names, or a single cotangent.
        Primals `without` a derivative may be left out.
    names, without
        The primals, and those of them that have no derivative.
    single
        Whether what was returned is the cotangent of the only primal, which is a sequence itself.

    Raises
    ------
    BrokenContract
        If there are more or fewer, or a name is unknown.
    """
    if isinstance(returned, dict) and returned.keys() <= set(names) and len(names) > 1:
        return tuple(returned.get(name) for name in names)
    if returned is None and len(without) < len(names):
        wanted = " and ".join(repr(name) for name in names if name not in without)
        kind = "an input" if len(without) == len(names) - 1 else "inputs"
        message = (
            f"the {role} of {layer!r} returned None for {wanted}, {kind} with a derivative: "
            "is a `return` missing?"
        )
        raise BrokenContract(message)
    bars = tuple(returned) if isinstance(returned, tuple | list) and not single else (returned,)
    differentiable = [name for name in names if name not in without]
    if len(bars) == len(differentiable) < len(names):
        given = dict(zip(differentiable, bars, strict=True))
        return tuple(given.get(name) for name in names)
    if len(bars) != len(names):
        text = (
            f"a dict of {_join_reprs(returned)}"
            if isinstance(returned, dict)
            else _count_cotangents(len(bars))
        )
        message = f"the {role} of {layer!r} returned {text}, expected {len(names)} ({', '.join(names)})"
        if 0 < len(bars) < len(differentiable) and not isinstance(returned, dict):
            rest = tuple(differentiable[len(bars) :])
            message += f"; inputs without a derivative are declared constants={rest}"
        raise BrokenContract(message)
    return bars


def cotangent_leaves(name: str, primal: Any, bar: Any) -> list[Any]:
    """Return one cotangent as the list of its leaves, None where it has none.

    Raises
    ------
    BrokenContract
        If its structure is not that of the primal.
    """
    found = match_leaves(primal, bar)
    if found is None:
        wanted = describe_kind(primal)
        message = f"the cotangent of {name!r} is {describe_kind(bar)}, expected {wanted} as {name!r} is"
        raise BrokenContract(message)
    return found


def read_cotangent(layer: str, name: str, primal: Array, slot: Slot, bar: Any, *, copy: bool = True) -> Array:
    """Return one leaf of a cotangent as a real array of its primal's shape; unless `copy`, it may be `bar`.

    Raises
    ------
    BrokenContract
        If it is None, not numeric, of another shape, or complex where the primal is not.
    """
    if bar is None:
        message = (
            f"the pullback of {layer!r} returned None for {name!r}, an input with a derivative: "
            f"is a `return` missing? Return its cotangent, or declare constants=({name!r},)"
        )
        raise BrokenContract(message)
    refuse_special(f"the cotangent of {name!r}", bar, f"{name}_bar")
    if primal.size == 0 and isinstance(bar, list) and np.size(bar) == 0:
        bar = np.zeros(primal.shape, primal.dtype)  # nested lists can't hold the shape of nothing
    array = _array_of(bar, primal.dtype, copy=copy)
    if array is None or array.dtype.kind not in "iufc":
        remedy = mend(bar, f"{name}_bar", "return")
        text = f"the cotangent of {name!r} is {describe_kind(bar)}, expected an array of {primal.dtype}"
        message = f"{text}: {remedy}" if remedy else text
        raise BrokenContract(message)
    if (array.dtype.kind == "c") is not slot.is_complex:
        hint = "its imaginary part is missing" if slot.is_complex else "take its real part"
        message = f"the cotangent of {name!r} has {array.dtype} values, {name!r} has not: {hint}"
        raise BrokenContract(message)
    shape = primal.shape[:-1] if slot.is_complex else primal.shape
    if array.shape != shape:
        message = f"the cotangent of {name!r} has the shape {array.shape}, expected {shape}"
        raise BrokenContract(message + _mend_shape(name, array.shape, shape))
    return slot.read(array)


def _mend_shape(name: str, found: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Return what to do about a cotangent with axes in front that its input has not, and nothing else."""
    extra = len(found) - len(shape)
    if extra <= 0 or (shape and found[extra:] != shape):
        return ""
    axes = "axis=0" if extra == 1 else f"axis={tuple(range(extra))}"
    summed = f"if {name!r} is broadcast, sum over what it is broadcast to, as {name}_bar.sum({axes})"
    product = "a gradient has the shape of its input, and a pullback returns the product y_bar @ J"
    if found == shape + shape and max(shape) > 1:
        return f", that of a Jacobian or Hessian: {product}; {summed}"
    return f"; {summed}; if it is a Jacobian, {product}"


def _array_of(bar: Any, dtype: Any, *, copy: bool) -> Array | None:
    """Return a copy of a cotangent as an array, None where it is none; Python's numbers in a `dtype`."""
    if type(bar) is np.ndarray:
        return native(np.array(bar) if copy else bar)  # nearly all are, and this is called for every pullback
    if not isinstance(bar, NUMBERS) and not is_written_out(bar):
        return None
    try:
        array = native(np.array(bar))
    except ValueError:
        return None  # rows of different lengths
    if any(type(leaf) not in PYTHON for _, leaf in leaves(bar)):
        return array
    return array.astype(np.result_type(dtype, np.complex64) if array.dtype.kind == "c" else dtype)


def _count_cotangents(count: int) -> str:
    return count_noun(count, "cotangent")


def _join_reprs(names: Any) -> str:
    return ", ".join(map(repr, names))
