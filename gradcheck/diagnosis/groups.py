"""Which entries of a large cotangent are wrong: blocks of entries are tested together, and halved.

The excess of a block is the sum of its halves' excesses, so that one measurement tells both:
k wrong entries among n cost about 4 k log₂(n) forward calls. Where too many blocks are wrong, the
error is dense, and is described by a pattern.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradcheck._util import unravel
from gradcheck.diagnosis.excess import Excess, Meter
from gradcheck.diagnosis.patience import patience
from gradcheck.diagnosis.regions import LISTED, listed, regions
from gradcheck.types import Array, Rng

MOST_BLOCKS = 64
"""More wrong blocks side by side than this: the error is dense."""
FIRST_PROBES, PROBES = 4, 16
"""Single entries that are looked at before and after an error is taken for dense."""
TELLING = 0.1
"""What all other entries together may hide, as a part of the largest excess that was found.

Where kinks make every slope uncertain that is more: then what was found is not all.
"""
INSIDE = 4
"""Single entries of a region that must be wrong before it is named."""


@dataclass(frozen=True)
class Block:
    """Entries from `start` up to `stop` of the flat input, with their excess."""

    start: int
    stop: int
    excess: Excess


@dataclass
class Located:
    """Which entries are wrong, as far as that is known.

    Parameters
    ----------
    shape
        The input's shape.
    entries
        Excess of each entry that was measured by itself and is wrong, by its position in the flat input.
    left
        Blocks in which something is wrong, and that have not been searched.
    where
        The pattern of a dense error in words, or the entries.
    complete
        Whether `entries` are all that are wrong.
    """

    shape: tuple[int, ...]
    entries: dict[int, Excess] = field(default_factory=dict)
    left: list[Block] = field(default_factory=list)
    where: str = ""
    complete: bool = False

    @property
    def known(self) -> str:
        """What is known, in words."""
        indices = [unravel(flat, self.shape) for flat in sorted(self.entries)]
        found = f"wrong: {listed(indices)}" if indices else "no entry found yet"
        unsearched = sum(block.stop - block.start for block in self.left)
        return f"{found}; {unsearched} of {int(np.prod(self.shape))} entries not searched yet"


def locate(meter: Meter, what: str, axes: Sequence[str] | None, rng: Rng) -> Located | None:
    """Find the wrong entries, or the pattern that they make; None where four calls do not show an error.

    Parameters
    ----------
    meter
        Measures the input's cotangent along a direction.
    what
        What the cotangent is called, for progress and for what is said when interrupted.
    axes
        The letters of the input's axes, if they are known.
    rng
        Chooses the entries that are looked at by themselves.

    Raises
    ------
    KeyboardInterrupt
        After telling on stderr what is known so far.
    """
    size = meter.v.size
    whole = meter.among(0, size)
    if whole is None or not whole.shows:
        return None
    located = Located(meter.whole.v.shape, left=[Block(0, size, whole)])
    try:
        with patience(f"localising {what}", size) as tell:
            probes = _probed(meter, rng.integers(size, size=FIRST_PROBES))
            if len(_wrong(probes)) < FIRST_PROBES / 2 and _halved(meter, located, tell):
                located.complete = _are_all(meter, located)
                located.where = _named(located, axes) if located.complete else ""
            else:
                probes |= _probed(meter, rng.integers(size, size=PROBES))
                located.entries |= _wrong(probes)
                located.where = _pattern(meter, probes, axes, rng)
    except KeyboardInterrupt:
        print(f"gradcheck: interrupted while {what} was searched; {located.known}", file=sys.stderr)
        raise
    return located


def _halved(meter: Meter, located: Located, tell: Callable[[int], None]) -> bool:
    """Halve every wrong block until single entries are left; return False if there are too many."""
    while located.left:
        if len(located.left) + len(located.entries) > MOST_BLOCKS:
            return False
        halves = _split(meter, located.left[0])
        located.left = located.left[1:] + [half for half in halves if half.stop - half.start > 1]
        located.entries |= {half.start: half.excess for half in halves if half.stop - half.start == 1}
        tell(meter.v.size - sum(block.stop - block.start for block in located.left))
    return True


def _are_all(meter: Meter, located: Located) -> bool:
    """Return whether nothing is wrong beside the entries that were found, as far as the others show."""
    others = np.ones(meter.v.size, bool)
    others[sorted(located.entries)] = False
    if not located.entries or not others.any():
        return bool(located.entries)
    rest = meter.within(others.reshape(located.shape))
    found = max(abs(excess.value) for excess in located.entries.values())
    return rest is not None and not rest.shows and rest.allowed <= TELLING * found


def _split(meter: Meter, block: Block) -> list[Block]:
    """Return the halves of a block that are wrong."""
    if block.stop - block.start == 1:
        return [block]
    middle = (block.start + block.stop) // 2
    left = meter.among(block.start, middle)
    if left is None:
        return []
    right: Excess | None = block.excess - left
    if block.stop - middle == 1 or not (left.shows or (right is not None and right.shows)):
        right = meter.among(middle, block.stop)  # told apart from the error that the difference piled up
    halves = [(block.start, middle, left), (middle, block.stop, right)]
    return [
        Block(start, stop, excess) for start, stop, excess in halves if excess is not None and excess.shows
    ]


def _named(located: Located, axes: Sequence[str] | None) -> str:
    """Return the words for all entries that are wrong: a region if they are one, else a list."""
    entries, shape = sorted(located.entries), located.shape
    if len(entries) > LISTED:
        mask = np.zeros(shape, bool)
        mask.flat[entries] = True
        for said, region in regions(len(shape), axes):
            if np.array_equal(np.broadcast_to(region(shape), shape), mask):
                return said
    return listed([unravel(flat, shape) for flat in entries])


def _probed(meter: Meter, entries: Array) -> dict[int, Excess | None]:
    """Measure single entries."""
    return {int(flat): meter.among(int(flat), int(flat) + 1) for flat in entries}


def _wrong(probes: dict[int, Excess | None]) -> dict[int, Excess]:
    return {flat: excess for flat, excess in probes.items() if excess is not None and excess.shows}


def _pattern(meter: Meter, probes: dict[int, Excess | None], axes: Sequence[str] | None, rng: Rng) -> str:
    """Return the words for a region outside of which nothing is wrong, and inside of which every probe is."""
    shape = meter.whole.v.shape
    wrong = _wrong(probes)
    for said, region in regions(len(shape), axes):
        mask = np.broadcast_to(region(shape), shape)
        if mask.all() or any(bool(mask.flat[flat]) != (flat in wrong) for flat in probes):
            continue
        inside = _probed(meter, rng.choice(np.flatnonzero(mask), size=INSIDE))
        if len(_wrong(inside)) < len(inside):
            continue
        outside = meter.within(~mask)
        if outside is not None and not outside.shows:
            return said
    if len(wrong) == len(probes):
        return "every entry"
    return f"in no simple pattern ({len(wrong)} of {len(probes)} entries looked at are wrong)"
