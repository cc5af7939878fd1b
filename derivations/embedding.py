"""Embedding: rows of a table, looked up by integer indices.

With indices J of any shape and a table T of v rows,

    y[…, k] = T[J[…], k] = Σ_a [J[…] = a] T[a, k]

a product with a matrix of ones and zeros, so T is used linearly, and a row as often as its index occurs:

    T̄[a, k] = Σ_… [J[…] = a] ȳ[…, k]

What repeated indices bring is *added*; an assignment keeps the last one. Rows that are never looked up get
zero. Indices are whole numbers and have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from derivations.types import Array
from gradcheck import Layer

if TYPE_CHECKING:
    pass


def embedding(table: Array, indices: Array) -> Array:
    """Return the rows of a table (v, k) at indices (...) from 0 to v − 1, in the shape (..., k)."""
    rows: Array = table[indices]
    return rows


def embedding_vjp(table: Array, indices: Array) -> tuple[Array, Callable[[Array], tuple[Array, None]]]:
    """Return `embedding` and its pullback, which adds each row of ȳ to the row it was copied from."""

    def pullback(y_bar: Array) -> tuple[Array, None]:
        table_bar = np.zeros(table.shape, y_bar.dtype)
        np.add.at(table_bar, indices, y_bar)  # `table_bar[indices] += y_bar` would keep one of a duplicate
        return table_bar, None

    return embedding(table, indices), pullback


def embedding_oracle(table: Array, indices: Array) -> tuple[Array, Callable[[Array], tuple[Array, None]]]:
    """Return the same as `embedding_vjp` by products with a matrix of ones and zeros."""
    one_hot = np.equal(indices[..., None], np.arange(len(table))).astype(table.dtype)
    return one_hot @ table, lambda y_bar: (np.einsum("...a,...k->ak", one_hot, y_bar), None)


EMBEDDING = Layer(
    embedding,
    embedding_vjp,
    shapes={"table": "rows features", "indices": "..."},
    where=lambda rows: rows >= 1,
    dtype={"indices": "int64"},
    domain={"indices": (0, "rows-1")},
    oracle=embedding_oracle,
    traits=("multilinear",),
)

LAYERS: tuple[Layer, ...] = (EMBEDDING,)
