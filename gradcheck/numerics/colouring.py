"""Which entries of a Jacobian may differ from zero, and which of its columns can be measured together.

Columns that share no row are *structurally orthogonal*: moved all at once, each output answers for
one of them only (Curtis, Powell and Reid, 1974). The Jacobian of a convolution has as many such
groups as its receptive field has entries, whatever the size of the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradcheck.types import Array


@dataclass(frozen=True)
class Pattern:
    """The places of a sparse matrix: `rows[k]`, `columns[k]` is its k-th place; none comes twice."""

    rows: Array
    columns: Array
    shape: tuple[int, int]

    @classmethod
    def full(cls, shape: tuple[int, int]) -> Pattern:
        """Return the pattern of a dense matrix, row by row."""
        rows, columns = np.indices(shape)
        return cls(rows.ravel(), columns.ravel(), shape)

    @classmethod
    def of(cls, matrix: Array) -> Pattern:
        """Return the places at which a dense matrix is not zero."""
        rows, columns = np.nonzero(matrix)
        return cls(rows, columns, matrix.shape)

    @property
    def size(self) -> int:
        """How many places there are."""
        return int(self.rows.size)

    @property
    def is_full(self) -> bool:
        """Whether every place of the matrix is among them."""
        return self.size == self.shape[0] * self.shape[1]

    @property
    def transposed(self) -> Pattern:
        """The pattern of the transposed matrix, place by place."""
        return Pattern(self.columns, self.rows, self.shape[::-1])

    def times(self, values: Array, v: Array) -> Array:
        """Return M v of the matrix that has `values` in these places."""
        return np.bincount(self.rows, values * v[self.columns], minlength=self.shape[0])

    def colours(self) -> Array:
        """Return a colour for each column, such that no row has two columns of one colour.

        Greedy, in the order of the columns: each gets the lowest colour that its rows have left.
        """
        colours = np.zeros(self.shape[1], dtype=np.intp)
        if self.is_full:
            return np.arange(self.shape[1])
        order = np.argsort(self.columns, kind="stable")
        starts = np.searchsorted(self.columns[order], np.arange(self.shape[1] + 1))
        taken = np.zeros((self.shape[0], 8), dtype=bool)
        for column in range(self.shape[1]):
            rows = self.rows[order[starts[column] : starts[column + 1]]]
            used = taken[rows].any(axis=0)
            colour = int(np.argmin(used)) if not used.all() else used.size
            if colour == used.size:
                taken = np.concatenate([taken, np.zeros_like(taken)], axis=1)
            taken[rows, colour] = True
            colours[column] = colour
        return colours

    def groups(self) -> Iterator[Array]:
        """Return for each colour the positions of its places in `rows` and `columns`."""
        colours = self.colours()[self.columns]
        order = np.argsort(colours, kind="stable")
        ends = np.flatnonzero(np.diff(colours[order])) + 1
        return iter(np.split(order, ends) if self.size else [])
