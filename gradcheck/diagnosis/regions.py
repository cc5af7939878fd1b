"""Which entries are wrong, in words that hold in every failing example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from gradcheck.types import Array

Region: TypeAlias = Callable[[tuple[int, ...]], Array]
NEARLY_ALL = 0.75
MOST_LISTED = 3
"""So many wrong entries are listed by their indices."""


def region_of(masks: Sequence[Array], axes: Sequence[str] | None = None) -> str:
    """Return the simplest words that say exactly which entries are wrong in all of some examples.

    Parameters
    ----------
    masks
        For each example, at least one, which entries are wrong.
    axes
        The letters of the input's axes, if they are known.

    Returns
    -------
    str
        Words such as ``every entry`` or ``the last index of axis 0``, or how many entries.
    """
    if any(mask.ndim != masks[0].ndim for mask in masks):
        return "every entry" if all(mask.all() for mask in masks) else _count_entries(masks)
    for text, region in regions(masks[0].ndim, axes):
        region_masks = [np.broadcast_to(region(mask.shape), mask.shape) for mask in masks]
        fits = all(np.array_equal(r, mask) for r, mask in zip(region_masks, masks, strict=True))
        partial = any(not r.all() for r in region_masks)
        if fits and (partial or text == "every entry"):
            return text
    return _count_entries(masks)


def holds_at(words: str, shape: tuple[int, ...], index: tuple[int, ...], axes: Sequence[str] | None) -> bool:
    """Return whether an entry is where these words say; words that name no region say nothing of it."""
    region = dict(regions(len(shape), axes)).get(words)
    return region is None or bool(np.broadcast_to(region(shape), shape)[index])


def _count_entries(masks: Sequence[Array]) -> str:
    wrong, entries = sum(int(mask.sum()) for mask in masks), sum(mask.size for mask in masks)
    if wrong >= NEARLY_ALL * entries:
        return f"nearly every entry ({wrong} of {entries}; the others may agree by chance)"
    return f"{wrong} of {entries} entries, in no simple pattern"


def list_indices(indices: Sequence[tuple[int, ...]]) -> str:
    """Return a few indices in words, such as ``[0, 1], [2, 0] and 3 more``."""
    text = [f"[{', '.join(map(str, index))}]" for index in indices[:MOST_LISTED]]
    if len(indices) > MOST_LISTED:
        return f"{', '.join(text)} and {len(indices) - MOST_LISTED} more"
    return " and ".join([", ".join(text[:-1]), text[-1]] if len(text) > 1 else text)


def regions(ndim: int, axes: Sequence[str] | None) -> Iterator[tuple[str, Region]]:
    """Yield the patterns that have a name: the words, and a mask for any shape."""
    yield "every entry", lambda shape: np.ones(shape, bool)
    names = [f"axis {axis}" for axis in range(ndim)]
    if axes is not None and len(axes) == ndim:
        names = [f"axis {axis} ({letter})" for axis, letter in enumerate(axes)]
    for axis, name in enumerate(names):
        yield f"the last index of {name}", _indices_where(axis, lambda k, n: k == n - 1)
        yield f"the first index of {name}", _indices_where(axis, lambda k, _: k == 0)
        yield f"every index ≥ 1 of {name}", _indices_where(axis, lambda k, _: k >= 1)
        yield f"every index of {name} but the last", _indices_where(axis, lambda k, n: k < n - 1)
        yield f"both ends of {name}", _indices_where(axis, lambda k, n: (k == 0) | (k == n - 1))
    yield "the last entry", lambda shape: _single_entry(shape, -1)
    yield "the first entry", lambda shape: _single_entry(shape, 0)
    if ndim >= 2:
        yield "the border of width 1 of the last two axes", _border
        yield "the entries off the diagonal of the last two axes", lambda shape: ~_diagonal(shape)
        yield "the diagonal of the last two axes", _diagonal


def _indices_where(axis: int, rule: Callable[[Array, int], Array]) -> Region:
    def region(shape: tuple[int, ...]) -> Array:
        chosen = rule(np.arange(shape[axis]), shape[axis])
        return np.asarray(chosen).reshape([-1 if a == axis else 1 for a in range(len(shape))])

    return region


def _single_entry(shape: tuple[int, ...], flat: int) -> Array:
    mask = np.zeros(shape, bool)
    mask.flat[flat] = True
    return mask


def _border(shape: tuple[int, ...]) -> Array:
    mask = np.ones(shape, bool)
    mask[..., 1:-1, 1:-1] = False
    return mask


def _diagonal(shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.eye(shape[-2], shape[-1]) == 1.0, shape)
