"""What was tried: the sizes of each axis, and each example's difference against its bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, log2, prod
from typing import TYPE_CHECKING, Any, TypeAlias

from gradcheck._util import count_noun
from gradcheck.judging import Tried
from gradcheck.reporting.plots.colours import BOUND, NUMERICAL
from gradcheck.reporting.styles import STYLES
from gradcheck.types import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = ((0.1, 3.0), (0.3, 6.0), (0.6, 9.0), (1.0, 12.0))
"""Shares of the examples, and the diameter of the dot that stands for at most as many."""
MOST_TICKS = 12
Axis: TypeAlias = tuple[str, int]
"""One axis of an input: the input's name, and the axis's number."""
Place: TypeAlias = tuple[Axis, int]
"""An axis and a size that it had."""
LEAST_RATIO = 1e-12
"""Smaller differences are drawn here: they are none."""


def draw_shapes(axes: Axes, tried: Sequence[Tried]) -> None:
    """Draw which sizes each axis of each input had; the larger the dot, the more examples had it.

    Parameters
    ----------
    axes
        Where.
    tried
        The examples.
    """
    counts = Counter(place for example in tried for place in _places(example))
    rows = list(dict.fromkeys(axis for axis, _ in counts))
    for (low, _), (most, diameter) in pairwise(((0.0, 0.0), *SIZES)):
        drawn = [place for place, n in counts.items() if low < n / len(tried) <= most]
        _dots(axes, drawn, rows, "o", color=NUMERICAL, markersize=diameter)
    failed = False
    for verdict in (Verdict.WRONG, Verdict.FLAWED):
        places = [place for example in tried if example.verdict is verdict for place in _places(example)]
        style, failed = STYLES[verdict], failed or bool(places)
        label = f"{style.words} here"
        _dots(axes, places, rows, style.marker, color=style.colour, markersize=7, label=label)
    if failed:
        axes.legend(frameon=False, fontsize="small", loc="lower right")
    distinct = len({tuple(example.shapes.items()) for example in tried})
    axes.set_title(f"{count_noun(len(tried), 'example')} in {count_noun(distinct, 'shape')}")
    axes.set_yticks(range(len(rows)), [f"{name}, axis {i}" for name, i in rows])
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    largest = max((size for _, size in counts), default=1)
    axes.set_xlim(-0.5, largest + 0.5)
    axes.set_xticks(range(0, largest + 1, 1 + largest // MOST_TICKS))
    axes.set_xlabel("size")


def _places(example: Tried) -> list[Place]:
    """Return every axis of an example, as an input's name and a number, with its size."""
    return [((name, i), size) for name, shape in example.shapes.items() for i, size in enumerate(shape)]


def _dots(
    axes: Axes,
    places: list[tuple[tuple[str, int], int]],
    rows: list[tuple[str, int]],
    mark: str,
    **style: Any,
) -> None:
    if places:
        sizes, heights = [size for _, size in places], [rows.index(axis) for axis, _ in places]
        axes.plot(sizes, heights, mark, clip_on=False, **style)


def ratios(axes: Axes, tried: Sequence[Tried]) -> None:
    """Draw each example's difference as a part of what is allowed, against the example's size.

    Parameters
    ----------
    axes
        Where; both scales become logarithmic.
    tried
        The examples; those that compared nothing are left out.
    """
    compared = [(example, _count(example), example.ratio) for example in tried if example.ratio is not None]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    for verdict, style in STYLES.items():
        points = [
            (count, max(ratio, LEAST_RATIO))
            for example, count, ratio in compared
            if example.verdict is verdict and ratio < float("inf")
        ]
        if points:
            label = f"{len(points)} {style.words}"
            axes.plot(*zip(*points, strict=True), style.marker, color=style.colour, markersize=5, label=label)
    axes.axhline(1.0, color=BOUND, linestyle="--", linewidth=1.5, label="what is allowed")
    counts = [count for _, count, _ in compared] or [1]
    powers = [2**k for k in range(int(log2(min(counts))), ceil(log2(max(counts))) + 1)]
    axes.set_xticks(powers, [str(power) for power in powers])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:.0e}")
    beyond = sum(ratio > 1.0 for _, _, ratio in compared)
    of = f"of {len(compared)} beyond the bound" if beyond else f"{len(compared)} within the bound"
    axes.set_title(f"{beyond or 'all'} {of}")
    axes.set_xlabel("numbers in the example")
    axes.set_ylabel("difference / allowed")
    axes.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2)


def _count(example: Tried) -> int:
    return max(1, sum(prod(shape) for shape in example.shapes.values()))
