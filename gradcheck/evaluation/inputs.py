"""`Inputs`: how a layer's inputs look to the caller, and how to go from there to real arrays and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from gradcheck._util import duplicate, leaves, map_leaves, match_leaves
from gradcheck.errors import CannotVerify
from gradcheck.evaluation.conventions import Slot, arrange_cotangents, cotangent_leaves, read_primal
from gradcheck.evaluation.kinds import is_opaque, is_written_out
from gradcheck.layers import Layer
from gradcheck.types import Array


@dataclass(frozen=True)
class Leaf:
    """One leaf of the inputs: its own name, that of the input it belongs to, and how it looks."""

    name: str
    owner: str
    slot: Slot
    is_constant: bool


@dataclass(frozen=True)
class Inputs:
    """The inputs of a layer as the caller gave them.

    `trees` holds one tree for each of the layer's own inputs, the `owners`; `leaves` what in
    them is a number or an array of numbers. Anything else is passed on as it is, in constants only.
    """

    layer: str
    owners: tuple[str, ...]
    trees: tuple[Any, ...]
    constants: frozenset[str]
    leaves: tuple[Leaf, ...]

    @classmethod
    def of(cls, layer: Layer, primals: tuple[Any, ...]) -> tuple[Inputs, tuple[Array, ...]]:
        """Return the inputs and their leaves as real arrays.

        Raises
        ------
        CannotVerify
            If a leaf is no number, or the layer's constants or domain name no input.
        """
        owners = layer.input_names(len(primals))
        if all(map(_is_plain_array, primals)):
            found, arrays = _arrays(owners, tuple(layer.constants)), tuple(primals)
        else:
            found, arrays = _leaves(layer, owners, primals)
        named = (*layer.constants, *layer.domain, *layer.tangent)
        unknown = [n for n in named if n not in owners and all(n != leaf.name for leaf in found)]
        if unknown:
            fields, inputs = "constants=, domain= or tangent=", ", ".join(owners)
            message = f"{fields} of {layer.name!r} names {unknown[0]!r}; its inputs are {inputs}"
            if any(isinstance(primal, tuple) for primal in primals):
                rest = ", ".join(dict.fromkeys((*owners[:1], *named)))
                message += f"; what stands in a tuple follows the point one by one: check(layer, {rest})"
            raise CannotVerify(message)
        return cls(layer.name, owners, primals, frozenset(layer.constants), found), arrays

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The leaves' names."""
        return tuple(leaf.name for leaf in self.leaves)

    @cached_property
    def is_flat(self) -> bool:
        """Whether every input is a leaf itself, so that there are no trees to go through."""
        return self.names == self.owners

    @cached_property
    def needs_no_conversion(self) -> bool:
        """Whether they are arrays of real numbers besides, which are handed over as they are."""
        return self.is_flat and not any(leaf.slot.is_number or leaf.slot.is_complex for leaf in self.leaves)

    def unflatten(self, arrays: Iterable[Array | None], donated: Collection[int] = ()) -> tuple[Any, ...]:
        """Return one array for each leaf in the caller's own form; None where there is none.

        All are copies but those at the positions that are `donated`.
        """
        copies = (a if a is None or i in donated else a.copy() for i, a in enumerate(arrays))
        if self.needs_no_conversion:
            return tuple(copies)
        pairs = zip(copies, self.leaves, strict=True)
        upcoming = iter([None if a is None else leaf.slot.fill(a, copy=False) for a, leaf in pairs])

        def rebuild(owner: str, tree: Any) -> Any:
            constant = owner in self.constants
            return map_leaves(
                tree, lambda leaf: duplicate(leaf) if _is_opaque(leaf, constant=constant) else next(upcoming)
            )

        return tuple(rebuild(owner, tree) for owner, tree in zip(self.owners, self.trees, strict=True))

    def cotangents(self, returned: Any, active: Iterable[int], role: str) -> list[Any]:
        """Return what a pullback returned for each leaf, as it is.

        Raises
        ------
        BrokenContract
            If the count or the structure is another.
        """
        with_derivative = {self.leaves[i].owner for i in active}
        without = [owner for owner in self.owners if owner not in with_derivative]
        only = self.trees[0] if len(self.trees) == 1 else None
        single = isinstance(only, tuple | list) and match_leaves(only, returned) is not None
        if len(with_derivative) == 1 and self.is_flat and self._is_list(returned, *with_derivative):
            returned = tuple(returned if owner in with_derivative else None for owner in self.owners)
        bars = arrange_cotangents(self.layer, returned, self.owners, without, role, single=single)
        if self.is_flat:
            return list(bars)
        found: list[Any] = []
        for owner, tree, bar in zip(self.owners, self.trees, bars, strict=True):
            constant = owner in self.constants
            pairs = zip(leaves(tree), cotangent_leaves(owner, tree, bar), strict=True)
            found += [b for (_, leaf), b in pairs if not _is_opaque(leaf, constant=constant)]
        return found

    def _is_list(self, returned: Any, owner: str) -> bool:
        """Return whether the cotangent of an array came as a list of its entries, and not as one of several.

        A tuple of one number is a bare one: that of an array without axes.
        """
        primal = self.trees[self.owners.index(owner)]
        is_array = np.ndim(primal) > 0
        if isinstance(returned, list) and is_array and np.size(primal) == 0 and np.size(returned) == 0:
            return True
        alone = isinstance(returned, tuple) and len(returned) == 1
        return is_array and is_written_out(returned) and not alone


def arrays_of_lists(layer: Layer, primals: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a point's primals with arrays in place of lists of numbers, as NumPy's functions take them.

    Lists stay where `shapes` declares a nested input, and constants are passed on as they are.
    """
    if all(map(_is_plain_array, primals)):
        return primals  # nearly all are
    owners = layer.input_names(len(primals))
    shapes = layer.shapes or {}
    kept = {n for n in owners if n in layer.constants or not isinstance(shapes.get(n, ""), str)}
    if layer.library is not None:
        primals = layer.library.to_arrays(primals)
    pairs = zip(owners, primals, strict=True)
    return tuple(p if name in kept else _array_of_list(p, layer.dtype_of(name)) for name, p in pairs)


def _array_of_list(primal: Any, dtype: str) -> Any:
    if not is_written_out(primal) or hasattr(primal, "_fields"):
        return primal
    try:
        array = np.array(primal)
    except ValueError:
        return primal  # rows of different lengths are a nested input
    whole = array.dtype.kind in "iu" and np.dtype(dtype).kind not in "iu"
    return array.astype(np.float64) if whole else array


def _is_plain_array(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in "fiub" and value.dtype.isnative


@lru_cache
def _arrays(owners: tuple[str, ...], constants: tuple[str, ...]) -> tuple[Leaf, ...]:
    """Return the leaves of inputs that are arrays of real numbers: the same for all of a layer's examples."""
    return tuple(
        Leaf(owner, owner, Slot(is_number=False, is_complex=False), owner in constants) for owner in owners
    )


def _leaves(
    layer: Layer, owners: tuple[str, ...], primals: tuple[Any, ...]
) -> tuple[tuple[Leaf, ...], tuple[Array, ...]]:
    found: list[Leaf] = []
    arrays: list[Array] = []
    for owner, tree in zip(owners, primals, strict=True):
        constant = owner in layer.constants
        for name, value in leaves(tree, owner):
            if _is_opaque(value, constant=constant):
                continue
            arrays.append(read_primal(layer.name, name, value))
            found.append(Leaf(name, owner, Slot.of(value), constant or name in layer.constants))
    return tuple(found), tuple(arrays)


def _is_opaque(leaf: Any, *, constant: bool) -> bool:
    return constant and is_opaque(leaf)
