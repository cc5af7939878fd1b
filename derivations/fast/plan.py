"""Which way a convolution takes: for each of its three products, the cheapest by a model of measured costs.

Every direct way does the same multiplications. They differ in how much they copy into columns and add up
afterwards, and in how many calls they make; a transform has other multiplications altogether:

    direct      flop · 2·i·o·p·q·L · (1 + narrow/least)  +  read · operands  +  move · (copied + added)
                +  call · calls
    transform   butterfly · planes · N log₂ N  +  multiply · i·o·n · N/2  +  call · (n · channels + setup)

with L the positions on the line, least the smaller side of the matrix of kernels, N the entries of a
transform, and planes the images, outputs and kernels transformed.

The costs were fitted to 34 shapes (1 to 128 channels, kernels 1 × 1 to 31 × 31, images 4 × 4 to 256 × 256,
float32) on an AMD EPYC 7003 with OpenBLAS 0.3.31 on one thread, and a flop then counted at the rate of two.
The model need not be exact: where two ways are about equal, either will do.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from math import ceil, inf, log2

from derivations.fast.direct import Direct, Inside, split
from derivations.fast.line import Grid
from derivations.fast.spectra import Spectra

FLOP = 0.010
"""Nanoseconds for a multiplication or an addition inside a matrix product."""
NARROW = 8
"""A product with a matrix whose smaller side has so many entries takes twice as long as its flops."""
READ = 0.065
"""Nanoseconds to bring a number into a matrix product, which counts where the product is a narrow one."""
MOVE = 0.5
"""Nanoseconds to copy a number, or to add one in place."""
CALL = 4000.0
"""Nanoseconds for one call into NumPy with its share of the loop around it."""
BUTTERFLY = 0.15
"""Nanoseconds for an entry of a transform, times the logarithm of its size."""
MULTIPLY = 1.3
"""Nanoseconds to multiply and add two complex numbers of a spectrum."""
SETUP = 20
"""How many calls' worth of time a transform takes however small."""
MANY_TAPS = 49
"""Transforms round, so kernels of fewer taps, which they make little faster, are summed directly."""


class Product(Enum):
    """The three products of a convolution."""

    FORWARD = "forward"
    INPUTS = "inputs"
    KERNELS = "kernels"


class Way(Enum):
    """How a product is taken: which taps are copied, whether inputs' cotangents are gathered, or transforms.

    At a stride above 1 the cotangent of the inputs can't be gathered, and is scattered.
    """

    TAPS = Inside.NONE, False
    ROWS = Inside.ROW, False
    COLUMNS = Inside.ALL, False
    TAPS_BACK = Inside.NONE, True
    ROWS_BACK = Inside.ROW, True
    COLUMNS_BACK = Inside.ALL, True
    SPECTRA = None, False

    def on(self, grid: Grid, groups: int, workspace: int) -> Direct | Spectra:
        """Return the convolution on a grid, taken this way."""
        inside, back = self.value
        if inside is None:
            return Spectra(grid, groups, workspace)
        return Direct(grid, groups, workspace, inside, back and grid.phases == 1)


@lru_cache(maxsize=1024)  # a network asks for the same few in every step
def cheapest(
    product: Product, grid: Grid, groups: int, channels: tuple[int, int], workspace: int, itemsize: int
) -> Way:
    """Return the cheapest way to take a product.

    Parameters
    ----------
    product
        Which of the three.
    grid
        The convolution's grid.
    groups
        How many independent convolutions there are side by side.
    channels
        Of inputs and outputs, in one group.
    workspace
        Bytes that a way may take beside its results.
    itemsize
        Bytes of a number.
    """
    numbers = max(workspace // itemsize, 1)
    costs = {way: cost(way, product, grid, groups, channels, numbers) for way in _ways(product, grid)}
    return min(costs, key=lambda way: costs[way])


def cost(
    way: Way, product: Product, grid: Grid, groups: int, channels: tuple[int, int], numbers: int
) -> float:
    """Return the nanoseconds that a product is expected to take; `numbers` fit into the workspace."""
    inside, back = way.value
    if inside is None:
        return _by_transform(grid, groups, channels, numbers)
    i, o = channels
    if back:
        i, o = o, i
    taps = split(grid, inside)
    outer, inner = len(taps.outer), len(taps.inner)
    length, rows = grid.length, groups * inner * i
    if product is not Product.KERNELS and inner * i == 1 < outer * o and not _scatters(way, product):
        return inf  # a product over one channel and one tap is no matrix product, and NumPy's is slow
    if _scatters(way, product):
        blocks = ceil(length * rows / numbers)
        operands, moved = outer * groups * o * length, outer * rows * length
        calls = outer * (1 + inner)
    else:
        blocks = _blocks(length, rows, groups * o, taps.overlap, numbers)
        summed = product is Product.KERNELS
        operands = outer * (rows + groups * o * summed) * length
        copied = rows * (length + blocks * taps.overlap) * (inner > 1)
        moved = copied + (outer - 1) * groups * o * length * (not summed)
        calls = outer + inner * (inner > 1)
    flops: float = 2 * groups * i * o * outer * inner * length
    flops *= 1 + NARROW / max(min(o, inner * i), 1)
    return FLOP * flops + READ * operands + MOVE * moved + CALL * calls * blocks


def _ways(product: Product, grid: Grid) -> Iterator[Way]:
    for way in Way:
        backwards = way.value[1]
        if not backwards or (product is Product.INPUTS and grid.phases == 1):
            yield way


def _scatters(way: Way, product: Product) -> bool:
    return product is Product.INPUTS and not way.value[1]


def _blocks(length: int, rows: int, outputs: int, overlap: int, numbers: int) -> int:
    """Return how many blocks the line is cut into."""
    block = (numbers - rows * overlap) // max(rows + outputs, 1)
    return ceil(length / max(block, 1))


def _by_transform(grid: Grid, groups: int, channels: tuple[int, int], numbers: int) -> float:
    i, o = channels
    spectra = Spectra(grid, groups, 0)
    frequencies = spectra.half[0] * spectra.half[1]
    kernels, images = groups * i * o, groups * (i + o)
    if len(grid.row_taps) * len(grid.col_taps) < MANY_TAPS or 4 * frequencies * (kernels + images) > numbers:
        return inf  # too few taps; or too little room for the kernels' spectra and those of one sample
    entries = spectra.shape[0] * spectra.shape[1]
    planes = grid.samples * images + kernels
    products = grid.samples * kernels
    calls = 2 * grid.samples * groups * i + SETUP
    return BUTTERFLY * planes * entries * log2(entries) + MULTIPLY * products * frequencies + CALL * calls
