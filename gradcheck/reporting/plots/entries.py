"""A cotangent entry by entry: as a map of its errors, and derived against numerical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcheck.judging import EntryComparison
from gradcheck.reporting.plots.colours import BOUND, DERIVED, INK, NUMERICAL, SIGNED
from gradcheck.reporting.plots.tiles import Tiles, tiles
from gradcheck.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ANNOTATED = 48
"""Up to this many cells of a map show their error as a number."""


def heat_map(axes: Axes, comparison: EntryComparison) -> None:
    """Draw derived minus numerical as a map, the wrong entries outlined.

    The last two axes of the array make a tile, and the axes before them lay tiles side by side: of a
    kernel (o, i, h, w), one tile for each pair of channels.

    Parameters
    ----------
    axes
        Where; a colour bar is put beside it.
    comparison
        Three arrays of one shape, of any rank.
    """
    error = np.asarray(comparison.derived, dtype=float) - np.asarray(comparison.numerical, dtype=float)
    wrong = _wrong(comparison)
    axes.set_title(_title(comparison, wrong))
    if error.size == 0:
        axes.set_axis_off()
        return
    layout = tiles(error.shape)
    cells = np.where(np.isfinite(error), error, np.nan)
    largest = float(np.nanmax(np.abs(cells), initial=0.0)) or 1.0
    image = axes.imshow(
        layout.spread(cells, np.nan), cmap=SIGNED, vmin=-largest, vmax=largest, interpolation="none"
    )
    _outline(axes, layout.spread(wrong, False))
    if error.size <= ANNOTATED and layout.columns <= ANNOTATED // 4:
        _annotate(axes, layout.spread(error, np.nan), layout.inside, largest)
    _label(axes, layout)
    axes.figure.colorbar(image, ax=axes, label="derived − numerical", fraction=0.046, pad=0.04)


def scatter(axes: Axes, comparison: EntryComparison) -> None:
    """Draw derived against numerical; right entries lie on the line, wrong ones stand off it as crosses.

    Parameters
    ----------
    axes
        Where.
    comparison
        Three arrays of one shape, of any rank.
    """
    derived = np.asarray(comparison.derived, dtype=float).ravel()
    numerical = np.asarray(comparison.numerical, dtype=float).ravel()
    wrong = _wrong(comparison).ravel()
    finite = np.isfinite(derived) & np.isfinite(numerical)
    ends = np.concatenate((derived[finite], numerical[finite]))
    span = (float(ends.min()), float(ends.max())) if ends.size else (-1.0, 1.0)
    axes.plot(span, span, color=BOUND, linewidth=1, zorder=1, label="derived = numerical")
    for mask, marker, colour, label in (
        (finite & ~wrong, "o", NUMERICAL, "right"),
        (finite & wrong, "X", DERIVED, "wrong"),
    ):
        if mask.any():
            text = f"{int(mask.sum())} {label}"
            axes.plot(numerical[mask], derived[mask], marker, color=colour, markersize=6, label=text)
    left_out = int((~finite).sum())
    title = _title(comparison, wrong)
    axes.set_title(title + (f"; {left_out} not finite" if left_out else ""))
    axes.set_xlabel("numerical")
    axes.set_ylabel("derived")
    axes.legend(frameon=False, fontsize="small")


def _wrong(comparison: EntryComparison) -> Array:
    """Return which entries are further apart than allowed; what is not finite is wrong too."""
    derived, numerical = np.asarray(comparison.derived), np.asarray(comparison.numerical)
    apart = np.abs(np.where(derived == numerical, 0.0, derived - numerical))
    beyond: Array = ~(apart <= np.asarray(comparison.allowed))
    return beyond


def _title(comparison: EntryComparison, wrong: Array) -> str:
    """Return what a picture shows: how many entries are wrong, of how many."""
    count, size = int(wrong.sum()), wrong.size
    if size == 0:
        return f"{comparison.what} has no entries"
    if count == 0:
        return f"{comparison.what}: every entry within its bound"
    if count == size:
        return f"{comparison.what}: every entry is wrong" if size > 1 else f"{comparison.what} is wrong"
    return f"{comparison.what}: {count} of {size} entries wrong"


def _outline(axes: Axes, wrong: Array) -> None:
    """Draw a square around each wrong cell, all in one line with gaps."""
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (np.nan, np.nan)])
    corners = [square + (column, row) for row, column in np.argwhere(wrong)]  # noqa: RUF005 -- it adds
    if corners:
        path = np.concatenate(corners)
        axes.plot(path[:, 0], path[:, 1], color=INK, linewidth=1.2, clip_on=False)


def _annotate(axes: Axes, error: Array, inside: Array, largest: float) -> None:
    """Write each cell's error into it, light on dark cells and dark on light ones."""
    for row, column in np.argwhere(inside):
        value = float(error[row, column])
        text = f"{value:.2g}" if np.isfinite(value) else str(value)
        ink = "white" if abs(value) > 0.6 * largest else INK
        axes.text(column, row, text, ha="center", va="center", fontsize="small", color=ink)


def _label(axes: Axes, layout: Tiles) -> None:
    axes.set_xticks(layout.column_ticks, [str(i) for i in layout.column_labels], fontsize="small")
    axes.set_yticks(layout.row_ticks, [str(i) for i in layout.row_labels], fontsize="small")
    axes.set_xlabel(layout.across)
    axes.set_ylabel(layout.down)
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
