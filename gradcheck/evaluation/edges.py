"""Entries at the edge of where a function has a derivative: they are held, and the others judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradcheck.types import Array


@dataclass(frozen=True)
class Edges:
    """What is left out at a point: outputs, inputs and derived cotangents that are not finite.

    Parameters
    ----------
    unread
        Which outputs stay out: they count as 0, and so do their cotangents.
    held
        Of each input with such entries, which they are, and the point's values, at which they stay.
    note
        The same in words.
    """

    unread: Array
    held: Mapping[int, tuple[Array, Array]]
    note: str

    def hold(self, primals: Sequence[Array]) -> tuple[Array, ...]:
        """Return primals with the held entries at the point's values; of other shapes, as they are."""
        return tuple(self._hold(i, x) for i, x in enumerate(primals))

    def _hold(self, argnum: int, x: Array) -> Array:
        if argnum not in self.held or self.held[argnum][0].shape != x.shape:
            return x
        mask, values = self.held[argnum]
        return np.where(mask, values.astype(x.dtype), x)

    def read(self, y: Array) -> Array:
        """Return outputs, or their cotangents, with zero for those that stay out."""
        is_same = y.shape == self.unread.shape and self.unread.any()
        return np.where(self.unread, y.dtype.type(0), y) if is_same else y

    def clear(self, argnum: int, bar: Array | None) -> Array | None:
        """Return an input's cotangent with zero in the held entries."""
        if bar is None or argnum not in self.held or self.held[argnum][0].shape != bar.shape:
            return bar
        return np.where(self.held[argnum][0], bar.dtype.type(0), bar)


def name_entries(name: str, mask: Array) -> list[str]:
    """Return the entries of an array that a mask selects, as one writes them."""
    return [f"{name}[{', '.join(map(str, index))}]" if index.size else name for index in np.argwhere(mask)]
