"""Which entries of a large cotangent are wrong: groups of entries are tested together, and halved.

The excess of a group is the sum of its halves' excesses, so that one measurement tells both:
k wrong entries among n cost about 4 k log₂(n) forward calls. Where too many groups are wrong, the
error is dense, and is described by a pattern.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradcheck._util import unravel
from gradcheck.diagnosis.excess import Excess, Meter
from gradcheck.diagnosis.patience import show_progress
from gradcheck.diagnosis.regions import MOST_LISTED, list_indices, regions
from gradcheck.types import Array, Rng

MOST_GROUPS = 64
"""More wrong groups side by side than this: the error is dense."""
FIRST_PROBES, PROBES = 4, 16
"""Single entries that are looked at before and after an error is taken for dense."""
TELLING = 0.1
"""What all other entries together may hide, as a part of the largest excess that was found.

Where kinks make every slope uncertain that is more: then what was found is not all.
"""
INSIDE = 4
"""Single entries of a region that must be wrong before it is named."""


@dataclass(frozen=True)
class Group:
    """Entries from `start` up to `stop` of the flat input, with their excess."""

    start: int
    stop: int
    excess: Excess


@dataclass
class Localisation:
    """Which entries are wrong, as far as that is known.

    Parameters
    ----------
    shape
        The input's shape.
    entries
        Excess of each entry that was measured by itself and is wrong, by its position in the flat input.
    left
        Groups in which something is wrong, and that have not been searched.
    where
        The pattern of a dense error in words, or the entries.
    complete
        Whether `entries` are all that are wrong.
    """

    shape: tuple[int, ...]
    entries: dict[int, Excess] = field(default_factory=dict)
    left: list[Group] = field(default_factory=list)
    where: str = ""
    complete: bool = False

    @property
    def known(self) -> str:
        """What is known, in words."""
        indices = [unravel(flat, self.shape) for flat in sorted(self.entries)]
        found = f"wrong: {list_indices(indices)}" if indices else "no entry found yet"
        unsearched = sum(group.stop - group.start for group in self.left)
        return f"{found}; {unsearched} of {int(np.prod(self.shape))} entries not searched yet"


def locate(
    meter: Meter, what: str, axes: Sequence[str] | None, rng: Rng, most_probes: int = PROBES
) -> Localisation | None:
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
    most_probes
        So many more of them are looked at before an error is taken for dense.

    Raises
    ------
    KeyboardInterrupt
        After telling on stderr what is known so far.
    """
    size = meter.v.size
    whole = meter.over_range(0, size)
    if whole is None or not whole.shows:
        return None
    localisation = Localisation(meter.whole.v.shape, left=[Group(0, size, whole)])
    try:
        with show_progress(f"localising {what}", size) as tell:
            probes = _probe(meter, rng.integers(size, size=FIRST_PROBES))
            if len(_wrong_entries(probes)) < FIRST_PROBES / 2 and _halve_all(meter, localisation, tell):
                localisation.complete = _are_all(meter, localisation)
                localisation.where = _describe(localisation, axes) if localisation.complete else ""
            else:
                probes |= _probe(meter, rng.integers(size, size=most_probes))
                localisation.entries |= _wrong_entries(probes)
                localisation.where = _pattern(meter, probes, axes, rng)
    except KeyboardInterrupt:
        print(f"gradcheck: interrupted while {what} was searched; {localisation.known}", file=sys.stderr)
        raise
    return localisation


def _halve_all(meter: Meter, localisation: Localisation, tell: Callable[[int], None]) -> bool:
    """Halve every wrong group until single entries are left; return False if there are too many."""
    while localisation.left:
        if len(localisation.left) + len(localisation.entries) > MOST_GROUPS:
            return False
        halves = _split(meter, localisation.left[0])
        localisation.left = localisation.left[1:] + [half for half in halves if half.stop - half.start > 1]
        localisation.entries |= {half.start: half.excess for half in halves if half.stop - half.start == 1}
        tell(meter.v.size - sum(group.stop - group.start for group in localisation.left))
    return True


def _are_all(meter: Meter, localisation: Localisation) -> bool:
    """Return whether nothing is wrong beside the entries that were found, as far as the others show."""
    others = np.ones(meter.v.size, bool)
    others[sorted(localisation.entries)] = False
    if not localisation.entries or not others.any():
        return bool(localisation.entries)
    rest = meter.over_mask(others.reshape(localisation.shape))
    found = max(abs(excess.value) for excess in localisation.entries.values())
    return rest is not None and not rest.shows and rest.allowed <= TELLING * found


def _split(meter: Meter, group: Group) -> list[Group]:
    """Return the halves of a group that are wrong."""
    if group.stop - group.start == 1:
        return [group]
    middle = (group.start + group.stop) // 2
    left = meter.over_range(group.start, middle)
    if left is None:
        return []
    right: Excess | None = group.excess - left
    if group.stop - middle == 1 or not (left.shows or (right is not None and right.shows)):
        right = meter.over_range(middle, group.stop)  # told apart from the error that the difference piled up
    halves = [(group.start, middle, left), (middle, group.stop, right)]
    return [
        Group(start, stop, excess) for start, stop, excess in halves if excess is not None and excess.shows
    ]


def _describe(localisation: Localisation, axes: Sequence[str] | None) -> str:
    """Return the words for all entries that are wrong: a region if they are one, else a list."""
    entries, shape = sorted(localisation.entries), localisation.shape
    if len(entries) > MOST_LISTED:
        mask = np.zeros(shape, bool)
        mask.flat[entries] = True
        for text, region in regions(len(shape), axes):
            if np.array_equal(np.broadcast_to(region(shape), shape), mask):
                return text
    return list_indices([unravel(flat, shape) for flat in entries])


def _probe(meter: Meter, entries: Array) -> dict[int, Excess | None]:
    """Measure single entries."""
    return {int(flat): meter.over_range(int(flat), int(flat) + 1) for flat in entries}


def _wrong_entries(probes: dict[int, Excess | None]) -> dict[int, Excess]:
    return {flat: excess for flat, excess in probes.items() if excess is not None and excess.shows}


def _pattern(meter: Meter, probes: dict[int, Excess | None], axes: Sequence[str] | None, rng: Rng) -> str:
    """Return the words for a region outside of which nothing is wrong, and inside of which every probe is."""
    shape = meter.whole.v.shape
    wrong = _wrong_entries(probes)
    for text, region in regions(len(shape), axes):
        mask = np.broadcast_to(region(shape), shape)
        if mask.all() or any(bool(mask.flat[flat]) != (flat in wrong) for flat in probes):
            continue
        inside = _probe(meter, rng.choice(np.flatnonzero(mask), size=INSIDE))
        if len(_wrong_entries(inside)) < len(inside):
            continue
        outside = meter.over_mask(~mask)
        if outside is not None and not outside.shows:
            return text
    if len(wrong) == len(probes):
        return "every entry"
    return f"in no simple pattern ({len(wrong)} of {len(probes)} entries looked at are wrong)"
