"""The three products of a convolution by sums over the kernel's taps, for all but the largest kernels.

Everything happens on the line of `derivations.fast.line`; here the images and kernels are laid out for the
products of `derivations.fast.products`, and what comes back is laid out as images again.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from derivations.fast.line import Grid, Tap
from derivations.fast.products import Taps, contract, gather, scatter
from derivations.types import Array


class Inside(Enum):
    """Which taps are inner ones, copied as columns; the others are outer, and read at a distance."""

    NONE = "none"
    ROW = "row"
    ALL = "all"


def split(grid: Grid, inside: Inside) -> Taps:
    """Return the kernel's taps in row-major order, with those of one row, or all, or none inside."""
    if inside is Inside.ROW:
        return Taps(grid.row_taps, grid.col_taps)
    nowhere: tuple[Tap, ...] = ((0, 0),)
    taps = tuple((f + g, i + j) for f, i in grid.row_taps for g, j in grid.col_taps)
    return Taps(nowhere, taps) if inside is Inside.ALL else Taps(taps, nowhere)


@dataclass(frozen=True)
class Direct:
    """A convolution on a grid by its taps, in groups of channels, with a workspace in bytes.

    With `back`, the cotangent of the inputs is gathered from the outputs, which takes a stride of 1;
    without, it is scattered.
    """

    grid: Grid
    groups: int
    workspace: int
    inside: Inside
    back: bool = False

    def forward(self, x: Array, w: Array) -> Array:
        """Return a view of y (n, groups·o, r, s), without bias, of x (n, groups·i, ·, ·) and w."""
        taps = split(self.grid, self.inside)
        kernels = self._matrices(self._by_group(w), taps)
        line = gather(self._lines(x), taps, kernels, self.grid.length, self.workspace)
        return self.grid.outputs(line.reshape(len(w), self.grid.length))

    def inputs_bar(self, y_bar: Array, w: Array, shape: tuple[int, ...]) -> Array:
        """Return x̄ in the shape of x."""
        taps = split(self.grid, self.inside)
        line = self._sent(y_bar, self.grid.outputs_back(y_bar))
        if self.back:
            transposed = self._by_group(w).swapaxes(1, 2)
            kernels = self._matrices(transposed, taps)
            back = taps.reversed(self.grid.reach)
            lines_bar = gather(line[None], back, kernels, self.grid.length, self.workspace)[None]
        else:
            kernels = self._matrices(self._by_group(w), taps)
            wanted = (
                self.grid.phases,
                self.groups,
                shape[1] // self.groups,
                self.grid.length + self.grid.reach,
            )
            lines_bar = scatter(line[..., self.grid.reach :], taps, kernels, wanted, self.workspace)
        joined = lines_bar.reshape(self.grid.phases, shape[1], lines_bar.shape[-1])
        return self.grid.inputs_back(joined, shape)

    def kernels_bar(self, x: Array, y_bar: Array, w: Array) -> Array:
        """Return w̄ in the shape of w."""
        taps = split(self.grid, self.inside)
        line = self._sent(y_bar, self.grid.outputs_back(y_bar))[..., self.grid.reach :]
        matrices_bar = contract(self._lines(x), taps, line, self.workspace)
        outer, inner = len(taps.outer), len(taps.inner)
        split_bar = matrices_bar.reshape(outer, self.groups, len(w) // self.groups, inner, w.shape[1])
        return split_bar.transpose(1, 2, 4, 0, 3).reshape(w.shape)

    def _lines(self, x: Array) -> Array:
        """Return images as lines (phases, groups, i, ·)."""
        lines = self.grid.inputs(x)
        phases, channels, length = lines.shape
        return lines.reshape(phases, self.groups, channels // self.groups, length)

    def _sent(self, y_bar: Array, line: Array) -> Array:
        """Return a line of outputs in groups (groups, o, ·)."""
        return line.reshape(self.groups, y_bar.shape[1] // self.groups, line.shape[1])

    def _by_group(self, w: Array) -> Array:
        """Return the kernels (groups·o, i, p, q) as (groups, o, i, p, q)."""
        return w.reshape(self.groups, len(w) // self.groups, *w.shape[1:])

    def _matrices(self, w: Array, taps: Taps) -> Array:
        """Return the kernels (groups, o, i, p, q) as one matrix an outer tap, (outer, groups, o, inner·i)."""
        groups, o, i, _, _ = w.shape
        outer, inner = len(taps.outer), len(taps.inner)
        pairs = w.reshape(groups, o, i, outer, inner).transpose(3, 0, 1, 4, 2)
        return np.ascontiguousarray(pairs).reshape(outer, groups, o, inner * i)
