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
    rows, columns = (1, 1, *values.shape)[-2:]
    leading = values.shape[:-2]
    tiles = zip(values.reshape(-1, rows, columns), marks.reshape(-1, rows, columns), strict=True)
    blocks = tuple(
        Block(f"[{', '.join(map(str, index))}]" if index else "", _rows(entries, flags))
        for index, (entries, flags) in zip(np.ndindex(leading), tiles, strict=True)
    )
    return Matrix(name, values.shape, blocks)


def _rows(entries: np.ndarray[Any, Any], flags: Any) -> tuple[tuple[tuple[str, bool], ...], ...]:
    return tuple(
        tuple((_entry(entry), bool(flag)) for entry, flag in zip(*row, strict=True))
        for row in zip(entries, flags, strict=True)
    )


def _entry(value: Any) -> str:
    said = f"{value:.6g}" if isinstance(value, float) else str(value)
    return said.replace("-", "−")
