"""The three products of a convolution by the fast Fourier transform, for large kernels.

With F the two-dimensional transform of a grid, a product of spectra is a *circular* sum over both axes, and a
conjugate stands for a reversed index (`derivations.fourier` has the step in one dimension):

    y_j  = Σ_i F⁻¹( F(x_i) F(K_ij)* )    at the first outputs of each axis
    x̄_i  = Σ_j F⁻¹( F(ȳ_j) F(K_ij)  )
    K̄_ij = Σ_n F⁻¹( F(ȳ_j)* F(x_i)  )    at the first taps of each axis

where x is bordered, and K and ȳ have zeros where dilation and stride leave holes. Output r reads the rows
r … r + span − 1, all inside the bordered image; on a grid no smaller than that nothing wraps around, in y as
in the other two, which run over the same pairs.

The sums over channels and samples are taken between the transforms. The samples come a few at a time, as the
workspace allows; the kernels' spectra are held whole. The rounding of each entry is relative to the largest:
equal to a direct sum, but not bit for bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft

from derivations.fast.line import Grid
from derivations.fast.products import blocks
from derivations.types import Array

WORKERS = -1
"""Transforms run on every core."""


@dataclass(frozen=True)
class Spectra:
    """A convolution on a grid by transforms, in groups of channels, with a workspace in bytes."""

    grid: Grid
    groups: int
    workspace: int

    @cached_property
    def shape(self) -> tuple[int, int]:
        """The size of the transforms: of the bordered image, or the next product of small primes."""
        rows, cols = (axis.size + 2 * axis.padding for axis in (self.grid.rows, self.grid.cols))
        return int(fft.next_fast_len(rows, real=True)), int(fft.next_fast_len(cols, real=True))

    @cached_property
    def half(self) -> tuple[int, int]:
        """The size of a spectrum: that of a real image is symmetric, and half of it is enough."""
        return self.shape[0], self.shape[1] // 2 + 1

    def forward(self, x: Array, w: Array) -> Array:
        """Return y (n, groups·o, r, s), without bias, of x (n, groups·i, ·, ·) and w (groups·o, i, p, q)."""
        rows, cols = self.grid.rows, self.grid.cols
        y = np.empty((len(x), len(w), rows.outputs, cols.outputs), x.dtype)
        kernels = self._kernels(w).conj().swapaxes(1, 2)
        for some in self._samples(x, w):
            dense = self._images(self._bordered(x[some]), kernels)
            y[some] = dense[..., :: rows.stride, :: cols.stride][..., : rows.outputs, : cols.outputs]
        return y

    def inputs_bar(self, y_bar: Array, w: Array, shape: tuple[int, ...]) -> Array:
        """Return x̄ in the shape of x."""
        rows, cols = self.grid.rows, self.grid.cols
        x_bar = np.empty(shape, y_bar.dtype)
        kernels = self._kernels(w)
        for some in self._samples(x_bar, w):
            bordered = self._images(self._upstream(y_bar[some]), kernels)
            x_bar[some] = bordered[..., rows.padding :, cols.padding :][..., : rows.size, : cols.size]
        return x_bar

    def kernels_bar(self, x: Array, y_bar: Array, w: Array) -> Array:
        """Return w̄ in the shape of w."""
        rows, cols = self.grid.rows, self.grid.cols
        total = np.zeros((*w.shape[:2], *self.half), np.result_type(w.dtype, np.complex64))
        by_group = total.reshape(self.groups, len(w) // self.groups, w.shape[1], *self.half)
        for some in self._samples(x, w):
            sent, read = self._upstream(y_bar[some]).conj(), self._bordered(x[some])
            for group, spectrum in enumerate(by_group):
                spectrum += _product(sent[:, group].swapaxes(0, 1), read[:, group])
        dense = fft.irfft2(total, self.shape, workers=WORKERS)
        kernels: Array = dense[..., : rows.span : rows.dilation, : cols.span : cols.dilation].copy()
        return kernels

    def _kernels(self, w: Array) -> Array:
        """Return F(K), (groups, o, i, ·, ·)."""
        rows, cols = self.grid.rows, self.grid.cols
        stuffed = np.zeros((*w.shape[:2], rows.span, cols.span), w.dtype)
        stuffed[..., :: rows.dilation, :: cols.dilation] = w
        spectra: Array = fft.rfft2(stuffed, self.shape, workers=WORKERS)
        return spectra.reshape(self.groups, len(w) // self.groups, w.shape[1], *self.half)

    def _bordered(self, x: Array) -> Array:
        """Return F(x), (n, groups, i, ·, ·)."""
        above, left = self.grid.rows.padding, self.grid.cols.padding
        bordered = np.zeros((*x.shape[:2], *self.shape), x.dtype)
        bordered[..., above : above + x.shape[2], left : left + x.shape[3]] = x
        return self._by_group(fft.rfft2(bordered, workers=WORKERS))

    def _upstream(self, y_bar: Array) -> Array:
        """Return F(ȳ), (n, groups, o, ·, ·)."""
        rows, cols = self.grid.rows, self.grid.cols
        dense = np.zeros((*y_bar.shape[:2], *self.shape), y_bar.dtype)
        strided = dense[..., :: rows.stride, :: cols.stride]
        strided[..., : rows.outputs, : cols.outputs] = y_bar
        return self._by_group(fft.rfft2(dense, workers=WORKERS))

    def _by_group(self, spectra: Array) -> Array:
        """Return spectra (n, groups·c, ·, ·) as (n, groups, c, ·, ·)."""
        samples, channels = spectra.shape[:2]
        return spectra.reshape(samples, self.groups, channels // self.groups, *self.half)

    def _images(self, spectra: Array, kernels: Array) -> Array:
        """Return Σ_a F⁻¹(s_a K_ab) of spectra (n, groups, a, ·, ·) and (groups, a, b, ·, ·) as images."""
        samples, outputs = len(spectra), kernels.shape[2]
        total = np.empty((samples, self.groups, outputs, *self.half), spectra.dtype)
        for group, matrix in enumerate(kernels):
            total[:, group] = _product(spectra[:, group], matrix)
        joined = total.reshape(samples, self.groups * outputs, *self.half)
        images: Array = fft.irfft2(joined, self.shape, workers=WORKERS)
        return images

    def _samples(self, x: Array, w: Array) -> Iterator[slice]:
        """Return the samples, as many at a time as the workspace allows."""
        one_sample = 2 * x.itemsize * (x.shape[1] + len(w)) * self.half[0] * self.half[1]
        return blocks(len(x), self.workspace // max(one_sample, 1))


def _product(a: Array, b: Array) -> Array:
    """Return Σ_k a[m,k] b[k,c] for each frequency: (m, k, ·, ·) and (k, c, ·, ·) -> (m, c, ·, ·)."""
    total = np.zeros((len(a), *b.shape[1:]), a.dtype)
    term = np.empty(b.shape[1:], a.dtype)
    for row, row_total in zip(a, total, strict=True):
        for entry, column in zip(row, b, strict=True):
            row_total += np.multiply(entry, column, out=term)
    return total
