"""The three products of a convolution on a line: forward, and the cotangents of inputs and kernels.

On the line of `derivations.fast.line`, with K_k the matrix of tap k and o_k its distance,

    y[τ]    = Σ_k K_k x_k[τ + o_k]               `gather`: stretches of x, side by side, times one matrix
    K̄_k     = Σ_τ ȳ[τ] x_k[τ + o_k]ᵀ             `contract`: ȳ times the same stretches
    x̄_k[τ + o_k] += K_kᵀ ȳ[τ]                    `scatter`: the transpose of `gather`, product first
    x̄[τ]    = Σ_k K_kᵀ ȳ[τ − o_k]                `gather` again, at a stride of 1: there is one phase only

The taps are split into *outer* and *inner* ones whose distances add up (k is a pair). The stretches of the
inner taps are copied below one another, as columns; the outer taps read the same columns at a distance and
their products are added. All taps inside is the classical im2col: most copies, no additions. A kernel's rows
outside and columns inside copies q stretches instead of p·q. All taps outside copies nothing at all.

Nothing here is longer than a block of the line, and the block is as long as the workspace allows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from derivations.fast.line import Tap
from derivations.types import Array


@dataclass(frozen=True)
class Taps:
    """A kernel's taps as pairs: tap (a, b) has the sum of both phases and of both distances."""

    outer: tuple[Tap, ...]
    inner: tuple[Tap, ...]

    @property
    def overlap(self) -> int:
        """How far beyond a block its columns are read."""
        return max(distance for _, distance in self.outer)

    def reversed(self, reach: int) -> "Taps":
        """Return the taps of a single phase as seen from the other end of a line that is `reach` longer."""
        outer = tuple((0, self.overlap - distance) for _, distance in self.outer)
        inner = tuple((0, reach - self.overlap - distance) for _, distance in self.inner)
        return Taps(outer, inner)


def gather(lines: Array, taps: Taps, kernels: Array, length: int, workspace: int) -> Array:
    """Return y[τ] = Σ_k K_k x_k[τ + o_k] for τ = 0 … length − 1.

    Parameters
    ----------
    lines
        x, (phases, groups, i, at least length + the longest distance).
    taps
        The distances.
    kernels
        (outer, groups, o, inner·i).
    length
        Of y.
    workspace
        Bytes that columns and products may take.

    Returns
    -------
    Array
        (groups, o, length).
    """
    y = np.empty((*kernels.shape[1:3], length), lines.dtype)
    product = np.empty(0, lines.dtype)
    for block, columns in _columns(lines, taps, kernels.shape[2], length, workspace):
        size = block.stop - block.start
        if product.shape[-1:] != (size,):
            product = np.empty((*y.shape[:2], size), y.dtype)
        for count, (outer, stretch) in enumerate(columns):
            if count == 0:
                np.matmul(kernels[outer], stretch, out=y[..., block])
            else:
                np.matmul(kernels[outer], stretch, out=product)
                y[..., block] += product
    return y


def contract(lines: Array, taps: Taps, y_bar: Array, workspace: int) -> Array:
    """Return K̄_k = Σ_τ ȳ[τ] x_k[τ + o_k]ᵀ, (outer, groups, o, inner·i), for ȳ (groups, o, length)."""
    groups, o, length = y_bar.shape
    kernels_bar = np.zeros((len(taps.outer), groups, o, len(taps.inner) * lines.shape[2]), lines.dtype)
    for block, columns in _columns(lines, taps, o, length, workspace):
        for outer, stretch in columns:
            kernels_bar[outer] += y_bar[..., block] @ stretch.swapaxes(1, 2)
    return kernels_bar


def scatter(y_bar: Array, taps: Taps, kernels: Array, lines_shape: tuple[int, ...], workspace: int) -> Array:
    """Return x̄, in the shape of the lines, with x̄_k[τ + o_k] += K_kᵀ ȳ[τ]; see `gather` for the shapes."""
    lines_bar = np.zeros(lines_shape, y_bar.dtype)
    groups, i = lines_shape[1:3]
    rows = groups * len(taps.inner) * i
    for block in blocks(y_bar.shape[2], workspace // max(rows * y_bar.itemsize, 1)):
        for (phase, distance), kernel in zip(taps.outer, kernels, strict=True):
            sent = kernel.swapaxes(1, 2) @ y_bar[..., block]
            sent = sent.reshape(groups, len(taps.inner), i, block.stop - block.start)
            for tap, (inner_phase, inner_distance) in enumerate(taps.inner):
                start = block.start + distance + inner_distance
                place = slice(start, start + block.stop - block.start)
                lines_bar[phase + inner_phase, ..., place] += sent[:, tap]
    return lines_bar


def blocks(length: int, block: int) -> Iterator[slice]:
    """Return `length` positions cut into blocks of at most `block` positions, and at least one."""
    step = max(block, 1)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))


def _columns(
    lines: Array, taps: Taps, outputs: int, length: int, workspace: int
) -> Iterator[tuple[slice, Iterator[tuple[int, Array]]]]:
    """Return each block of positions, and in it every outer tap's index and columns (groups, inner·i, ·)."""
    _, groups, i, _ = lines.shape
    rows = groups * len(taps.inner) * i
    per_position = (rows + groups * outputs) * lines.itemsize
    fits = (workspace - rows * taps.overlap * lines.itemsize) // max(per_position, 1)
    held = np.empty(0, lines.dtype)
    for block in blocks(length, fits):
        wide = block.stop - block.start + taps.overlap
        if len(taps.inner) > 1 and held.shape[-1:] != (wide,):
            held = np.empty((groups, len(taps.inner), i, wide), lines.dtype)
        yield block, _stretches(lines, taps, block, held)


def _stretches(lines: Array, taps: Taps, block: slice, held: Array) -> Iterator[tuple[int, Array]]:
    """Return every outer tap's index and columns in one block; phase by phase, `held` is filled anew."""
    size = block.stop - block.start
    by_phase = sorted(range(len(taps.outer)), key=lambda index: taps.outer[index][0])
    for phase, indices in groupby(by_phase, key=lambda index: taps.outer[index][0]):
        columns = _fill(lines, phase, taps, block, held)
        for index in indices:
            distance = taps.outer[index][1]
            yield index, columns[..., distance : distance + size]


def _fill(lines: Array, phase: int, taps: Taps, block: slice, held: Array) -> Array:
    """Return the inner taps' stretches of one phase, (groups, inner·i, block + overlap)."""
    start, stop = block.start, block.stop + taps.overlap
    if len(taps.inner) == 1:
        ((inner_phase, distance),) = taps.inner
        return lines[phase + inner_phase, ..., start + distance : stop + distance]
    for tap, (inner_phase, distance) in enumerate(taps.inner):
        held[:, tap] = lines[phase + inner_phase, ..., start + distance : stop + distance]
    groups, inner, i, wide = held.shape
    return held.reshape(groups, inner * i, wide)
