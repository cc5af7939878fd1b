"""Arrays as tables: the inputs of a counterexample, and both sides with the entries that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Block:
    """One matrix of an array: its place, if there are several, and rows of entries, each with its mark."""

    place: str
    rows: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True)
class Matrix:
    """An array with a name, as matrices of its last two axes."""

    name: str
    shape: tuple[int, ...]
    blocks: tuple[Block, ...]


def counterexample(found: Mapping[str, Any]) -> dict[str, list[Matrix]]:
    """Return the inputs and both sides of a counterexample, the entries marked in which the sides differ.

    Parameters
    ----------
    found
        The counterexample as plain data; sides of different shapes have no entries to compare.
    """
    left, right = (np.array(found[side], dtype=object) for side in ("left", "right"))
    differ = left != right if left.shape == right.shape else None
    inputs = [_matrix(name, np.array(values, dtype=object), None) for name, values in found["inputs"].items()]
    return {"inputs": inputs, "sides": [_matrix("left", left, differ), _matrix("right", right, differ)]}


def _matrix(name: str, values: np.ndarray[Any, Any], marked: Any) -> Matrix:
    marks = np.broadcast_to(False if marked is None else marked, values.shape)
    rows = values.shape[-2] if values.ndim > 1 else 1
    columns = values.shape[-1] if values.ndim else 1
    leading = values.shape[:-2]
    blocks = []
    for index in np.ndindex(leading):
        place = f"[{', '.join(map(str, index))}]" if index else ""
        entries = values[index].reshape(rows, columns)
        flags = marks[index].reshape(rows, columns)
        blocks.append(
            Block(
                place,
                tuple(
                    tuple((_entry(entries[i, j]), bool(flags[i, j])) for j in range(columns))
                    for i in range(rows)
                ),
            )
        )
    return Matrix(name, values.shape, tuple(blocks))


def _entry(value: Any) -> str:
    said = f"{value:.6g}" if isinstance(value, float) else str(value)
    return said.replace("-", "−")
