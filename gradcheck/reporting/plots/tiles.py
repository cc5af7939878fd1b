"""How an array of any rank lies flat: its last two axes make a tile, the axes before them place the tiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil, prod, sqrt

import numpy as np

from gradcheck.types import Array


@dataclass(frozen=True)
class Tiles:
    """Where each entry of an array is drawn.

    Parameters
    ----------
    shape
        The array's shape.
    tile
        Rows and columns of one tile.
    down, across
        What rows and columns of the picture mean, as axis labels.
    places
        The row and column of each tile, in the order of the leading axes.
    row_labels, column_labels
        What stands at each tick; the ticks are in `row_ticks` and `column_ticks`.
    """

    shape: tuple[int, ...]
    tile: tuple[int, int]
    down: str
    across: str
    places: tuple[tuple[int, int], ...]
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]

    @property
    def _pitch(self) -> tuple[int, int]:
        """The distance from tile to tile: one empty cell lies between them, where there is more than one."""
        gap = int(len(self.places) > 1)
        return self.tile[0] + gap, self.tile[1] + gap

    @property
    def rows(self) -> int:
        """How many cells there are down the picture."""
        return max(row for row, _ in self.places) * self._pitch[0] + self.tile[0]

    @property
    def columns(self) -> int:
        """How many cells there are across the picture."""
        return max(column for _, column in self.places) * self._pitch[1] + self.tile[1]

    @property
    def inside(self) -> Array:
        """Which cells of the picture are entries, not gaps."""
        return self.spread(np.ones(self.shape, dtype=bool), False)

    @property
    def row_ticks(self) -> list[float]:
        """Where the row labels stand: at rows of a single tile, in the middle of several."""
        return _ticks(len(self.row_labels), self.tile[0], self._pitch[0], single=len(self.places) == 1)

    @property
    def column_ticks(self) -> list[float]:
        """Where the column labels stand."""
        return _ticks(len(self.column_labels), self.tile[1], self._pitch[1], single=len(self.places) == 1)

    def spread(self, values: Array, empty: float | bool) -> Array:
        """Return the array laid flat, with `empty` in the gaps."""
        flat = np.full((self.rows, self.columns), empty)
        each = np.asarray(values).reshape(len(self.places), *self.tile)
        for (row, column), tile in zip(self.places, each, strict=True):
            top, left = row * self._pitch[0], column * self._pitch[1]
            flat[top : top + self.tile[0], left : left + self.tile[1]] = tile
        return flat


def tiles(shape: tuple[int, ...]) -> Tiles:
    """Lay an array flat.

    Parameters
    ----------
    shape
        The array's shape, of any rank; no size is 0. Two leading axes make rows and columns of tiles, a
        single one, or more than two, fill a square.
    """
    tile = ((1, 1, *shape)[-2], (1, 1, *shape)[-1])
    leading = shape[:-2]
    if len(leading) == 2:
        places = tuple(product(range(leading[0]), range(leading[1])))
        names = tuple(f"[{i}]" for i in range(leading[0])), tuple(f"[·, {i}]" for i in range(leading[1]))
        return Tiles(shape, tile, "tiles: axis 0", "tiles: axis 1", places, *names)
    if leading:
        return _square(shape, tile, leading)
    down = "axis 0" if len(shape) == 2 else ""
    across = f"axis {len(shape) - 1}" if shape else ""
    rows = tuple(map(str, range(tile[0]))) if len(shape) == 2 else ()
    columns = tuple(map(str, range(tile[1]))) if shape else ()
    return Tiles(shape, tile, down, across, ((0, 0),), rows, columns)


def _square(shape: tuple[int, ...], tile: tuple[int, int], leading: tuple[int, ...]) -> Tiles:
    count = prod(leading)
    wide = ceil(sqrt(count))
    places = tuple(divmod(i, wide) for i in range(count))
    axes = "axis 0" if len(leading) == 1 else f"axes 0 to {len(leading) - 1}"
    return Tiles(shape, tile, "", f"tiles: {axes}", places, (), ())


def _ticks(count: int, size: int, pitch: int, *, single: bool) -> list[float]:
    if single:
        return [float(i) for i in range(count)]
    return [i * pitch + (size - 1) / 2 for i in range(count)]
