"""A batch of images on one line, where every tap of a kernel is a shift.

A convolution's output (r, s) of sample n reads, through tap (p, q), the bordered image at row r·t + p·d.
Divide the tap by the stride, p·d = t·i + f: that row is entry r + i of the rows f, f + t, f + 2t, …, the
*phase* f of the image. Columns go likewise, with j and g. So in phases the stride is gone; a tap is a phase
(f, g) and a shift (i, j). Lay the samples of each phase on a grid of `pitch` (v, h) behind one another,

    position of (n, r, s):  τ = (n·v + r)·h + s      ⇒      tap (p, q) reads position  τ + (i·h + j)

because τ is linear in r and s: whatever the sample, row and column, a tap is the distance o = i·h + j on the
line of its phase. With K_k the matrix (output × input channels) of tap k,

    y[τ] = Σ_k K_k x_k[τ + o_k],

a sum of products of a matrix with a *contiguous* stretch of memory, which is what BLAS is fast at.

The pitch. A shift may carry past the end of a row or of a sample, into the beginning of the next one. What
is read there should be border, and zeros of two borders are as good as one: the right border of a row is the
left border of the next, if only the pitch leaves room for an image and one border. Hence, with R outputs that
reach over R + i entries of a phase, i the largest shift, and ⌊a/t⌋ entries that are border in every phase,

    pitch = max(R, R + i − ⌊a/t⌋, ⌈(a + size)/t⌉),  and R + i at most, where nothing is shared.

Positions of the grid with r ≥ R or s ≥ S are computed and belong to no output. In the pullback they carry
zeros, so that a shift in the other direction picks up nothing foreign either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from derivations.types import Array

Tap: TypeAlias = tuple[int, int]
"""Which phase (or axis's share of it), and which distance on the line."""


@dataclass(frozen=True)
class Axis:
    """One axis of a convolution: `size` entries under a kernel of `taps`, with the options of that axis."""

    size: int
    taps: int
    stride: int
    padding: int
    dilation: int

    @cached_property
    def span(self) -> int:
        """How many entries the dilated kernel covers."""
        return (self.taps - 1) * self.dilation + 1

    @cached_property
    def outputs(self) -> int:
        """How many outputs there are, R."""
        return (self.size + 2 * self.padding - self.span) // self.stride + 1

    @cached_property
    def shifts(self) -> tuple[tuple[int, int], ...]:
        """Each tap's shift i and phase f."""
        return tuple(divmod(tap * self.dilation, self.stride) for tap in range(self.taps))

    @cached_property
    def pitch(self) -> int:
        """How many entries of a phase one image takes, at most one border between two images included."""
        reach = self.outputs + self.shifts[-1][0]
        stored = -(-(self.padding + self.size) // self.stride)
        return min(reach, max(self.outputs, reach - self.padding // self.stride, stored))

    def stored(self, phase: int) -> tuple[slice, slice]:
        """Return which entries of the image lie in a phase, and where they lie in it."""
        first = (phase - self.padding) % self.stride
        start = (first + self.padding) // self.stride
        count = min(len(range(first, self.size, self.stride)), self.pitch - start)
        last = first + self.stride * max(count, 0)
        return slice(first, last, self.stride), slice(start, start + max(count, 0))


@dataclass(frozen=True)
class Grid:
    """The common grid of inputs and outputs: how many samples, and both axes."""

    samples: int
    rows: Axis
    cols: Axis

    @cached_property
    def phases(self) -> int:
        """How many phases there are."""
        return self.rows.stride * self.cols.stride

    @cached_property
    def length(self) -> int:
        """How many positions the line has."""
        return self.samples * self.rows.pitch * self.cols.pitch

    @cached_property
    def reach(self) -> int:
        """The longest distance of a tap."""
        return self.rows.shifts[-1][0] * self.cols.pitch + self.cols.shifts[-1][0]

    @cached_property
    def row_taps(self) -> tuple[Tap, ...]:
        """The vertical share of every tap: the phase's first index, and the distance."""
        return tuple((f * self.cols.stride, i * self.cols.pitch) for i, f in self.rows.shifts)

    @cached_property
    def col_taps(self) -> tuple[Tap, ...]:
        """The horizontal share of every tap."""
        return tuple((g, j) for j, g in self.cols.shifts)

    def inputs(self, x: Array) -> Array:
        """Return images (n, c, rows, cols) as lines (phases, c, length + reach), zero where no image is."""
        line = np.zeros((self.phases, x.shape[1], self.length + self.reach), x.dtype)
        for phase, image, place in self._placed():
            self._grid(line[phase, :, : self.length])[place] = x[image].swapaxes(0, 1)
        return line

    def inputs_back(self, line: Array, shape: tuple[int, ...]) -> Array:
        """Return the images of `shape` that lie on lines of `length` positions, the inverse of `inputs`.

        What no output reads is not on the line, and zero.
        """
        x = np.zeros(shape, line.dtype)
        for phase, image, place in self._placed():
            x[image] = self._grid(line[phase, :, : self.length])[place].swapaxes(0, 1)
        return x

    def outputs(self, line: Array) -> Array:
        """Return a view of a line (c, length) as outputs (n, c, r, s)."""
        return self._grid(line)[self._output_place()].swapaxes(0, 1)

    def outputs_back(self, y: Array) -> Array:
        """Return outputs (n, c, r, s) as a line (c, reach + length), zero where no output is.

        The zeros in front are for taps that look back from the first position.
        """
        line = np.zeros((y.shape[1], self.reach + self.length), y.dtype)
        self._grid(line[:, self.reach :])[self._output_place()] = y.swapaxes(0, 1)
        return line

    def _grid(self, line: Array) -> Array:
        """Return a view (c, n, pitch, pitch) of a line (c, length)."""
        channels, step = line.shape[0], line.strides
        rows, cols = self.rows.pitch, self.cols.pitch
        steps = (step[0], rows * cols * step[1], cols * step[1], step[1])
        return np.lib.stride_tricks.as_strided(line, (channels, self.samples, rows, cols), steps)

    def _output_place(self) -> tuple[slice, ...]:
        return slice(None), slice(None), slice(self.rows.outputs), slice(self.cols.outputs)

    def _placed(self) -> Iterator[tuple[int, tuple[slice, ...], tuple[slice, ...]]]:
        """Return, for each phase, its index, its part of an image, and the place of that part on the grid."""
        every = slice(None), slice(None)
        for f, g in np.ndindex(self.rows.stride, self.cols.stride):
            (image_rows, rows), (image_cols, cols) = self.rows.stored(f), self.cols.stored(g)
            yield f * self.cols.stride + g, (*every, image_rows, image_cols), (*every, rows, cols)
