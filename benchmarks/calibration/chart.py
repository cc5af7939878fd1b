"""The picture: what is found, against the size of the planted error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.calibration.detection import SELF, TOOLS
from benchmarks.calibration.faults import SIZES, SPREADS
from benchmarks.calibration.intervals import percent

COLOURS = ("#0b6e4f", "#d55e00", "#e69f00", "#0072b2", "#cc79a7", "#777777")
MARKERS = ("o", "s", "D", "^", "v", "x")


def draw(results: dict[str, Any], file: Path) -> None:
    """Draw detection at each set of points (rows) and spread of the error (columns), as SVG.

    Parameters
    ----------
    results
        The raw counts, as in the JSON file.
    file
        Where to.
    """
    sets = results["detection"]
    with mpl.rc_context({"svg.hashsalt": "calibration", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9.0, 3.4 * len(sets)), layout="constrained")
        axes = figure.subplots(len(sets), len(SPREADS), sharex=True, sharey=True, squeeze=False)
        for row, (name, counts) in zip(axes, sets.items(), strict=True):
            for panel, spread in zip(row, SPREADS, strict=True):
                _panel(panel, counts, spread)
                panel.set_title(f"{name} points, error in {spread} (n = {counts['points']})")
        for panel in axes[-1]:
            panel.set_xlabel("relative size of the planted error")
        for row in axes:
            row[0].set_ylabel("wrong gradients found, %")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.savefig(file, metadata={"Date": None})


def _panel(panel: Axes, counts: dict[str, Any], spread: str) -> None:
    for tool, colour, marker in zip(TOOLS, COLOURS, MARKERS, strict=True):
        found = counts["found"][spread][tool].values()
        values, lows, highs = zip(*(percent(k, counts["points"]) for k in found), strict=True)
        first = tool == SELF
        panel.plot(
            SIZES, values, color=colour, marker=marker, markersize=4, lw=2.2 if first else 1.2, label=tool
        )
        panel.fill_between(SIZES, lows, highs, color=colour, alpha=0.15, lw=0)
    panel.set_xscale("log")
    panel.set_xlim(SIZES[0] * 1.5, SIZES[-1] / 1.5)
    panel.set_ylim(-3, 103)
    panel.grid(visible=True, color="#dddddd", lw=0.6)
