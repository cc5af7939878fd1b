"""Small matrices as text, next to each other."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from gradcheck.types import Array

MANY = 200
"""Arrays with more entries than this are named by their shape."""


def side_by_side(columns: list[tuple[str, Array]]) -> list[str]:
    """Return the lines of arrays next to each other, each behind its label."""
    blocks = []
    for label, array in columns:
        pad = " " * len(label)
        block = [f"{label if i == 0 else pad} {row}" for i, row in enumerate(rows(array))]
        width = max(map(len, block))
        blocks.append([row.ljust(width) for row in block])
    empty = [" " * len(block[0]) for block in blocks]
    joined = (
        "    ".join(row if row is not None else blank for row, blank in zip(level, empty, strict=True))
        for level in zip_longest(*blocks)
    )
    return [f"      {row}".rstrip() for row in joined]


def rows(array: Array) -> list[str]:
    """Return an array as rows of text, the way it is written by hand."""
    if array.size > MANY:
        return [f"an array of shape {array.shape}"]
    if array.ndim == 0:
        return [_entry(array[()])]
    cells = np.array([_entry(value) for value in array.ravel()], dtype=object).reshape(array.shape)
    width = max((len(cell) for cell in cells.ravel()), default=0)
    text = np.array2string(
        cells, formatter={"all": lambda cell: str(cell).rjust(width)}, separator=" ", max_line_width=160
    )
    return text.replace("\n\n", "\n").split("\n")


def _entry(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
