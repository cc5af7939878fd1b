"""What was tried: the sizes of each axis, and each example's difference against its bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from gradcheck.pictures.colours import BOUND, DERIVED, DOUBTFUL, NUMERICAL, QUIET
from gradcheck.tried import Tried
from gradcheck.types import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = {
    Verdict.CORRECT: ("o", NUMERICAL, "correct"),
    Verdict.WRONG: ("X", DERIVED, "wrong"),
    Verdict.UNVERIFIED: ("^", DOUBTFUL, "unverified"),
    Verdict.NOT_APPLICABLE: ("s", QUIET, "does not apply"),
}
"""Mark, colour and word of each verdict: a mark says it without its colour."""
SIZES = ((0.1, 3.0), (0.3, 6.0), (0.6, 9.0), (1.0, 12.0))
"""Shares of the examples, and the diameter of the dot that stands for at most as many."""
MOST_TICKS = 12
LEAST_RATIO = 1e-12
"""Smaller differences are drawn here: they are none."""


def shapes_tried(axes: Axes, tried: Sequence[Tried]) -> None:
    """Draw which sizes each axis of each input had; the larger the dot, the more examples had it.

    Parameters
    ----------
    axes
        Where.
    tried
        The examples.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for example in tried:
        for name, shape in example.shapes.items():
            counts.update((f"{name}, axis {i}", size) for i, size in enumerate(shape))
    rows = sorted({label for label, _ in counts}, key=[label for label, _ in counts].index)
    for low, (most, diameter) in zip((0.0, *(share for share, _ in SIZES)), SIZES, strict=False):
        drawn = [key for key, n in counts.items() if low < n / len(tried) <= most]
        if drawn:
            places = [size for _, size in drawn], [rows.index(label) for label, _ in drawn]
            axes.plot(*places, "o", color=NUMERICAL, markersize=diameter, clip_on=False)
    distinct = len({tuple(example.shapes.items()) for example in tried})
    axes.set_title(f"{len(tried)} examples in {distinct} different shapes")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    largest = max((size for _, size in counts), default=1)
    axes.set_xlim(-0.5, largest + 0.5)
    axes.set_xticks(range(0, largest + 1, 1 + largest // MOST_TICKS))
    axes.set_xlabel("size")


def ratios(axes: Axes, tried: Sequence[Tried]) -> None:
    """Draw each example's difference as a part of what is allowed, against the example's size.

    Parameters
    ----------
    axes
        Where; both scales become logarithmic.
    tried
        The examples; those that compared nothing are left out.
    """
    compared = [(example, example.ratio) for example in tried if example.ratio is not None]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    for verdict, (marker, colour, word) in MARKS.items():
        points = [
            (sum(prod(shape) for shape in example.shapes.values()), max(ratio, LEAST_RATIO))
            for example, ratio in compared
            if example.verdict is verdict and ratio < float("inf")
        ]
        if points:
            said = f"{len(points)} {word}"
            axes.plot(*zip(*points, strict=True), marker, color=colour, markersize=5, label=said)
    axes.axhline(1.0, color=BOUND, linestyle="--", linewidth=1.5, label="what is allowed")
    beyond = sum(ratio > 1.0 for _, ratio in compared)
    axes.set_title(
        f"{beyond} of {len(compared)} beyond the bound" if beyond else f"all {len(compared)} within the bound"
    )
    axes.set_xlabel("numbers in the example")
    axes.set_ylabel("difference / allowed")
    axes.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2)
