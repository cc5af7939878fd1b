"""The picture: the time to a verdict against the number of entries, both on logarithmic axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.peers.tools import SELF, TOOLS

PANELS = {"dense": "dense layer", "convolution": "convolution"}
COLOURS = ("#0b6e4f", "#56b4a0", "#e69f00", "#d55e00", "#0072b2", "#cc79a7", "#777777", "#000000")
MARKERS = "oPDs^vx+"


def draw(results: dict[str, Any], file: Path) -> None:
    """Draw one panel for each family of several sizes, as SVG.

    Parameters
    ----------
    results
        As in the JSON file.
    file
        Where to.
    """
    with mpl.rc_context({"svg.hashsalt": "peers", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9.0, 4.2), layout="constrained")
        axes = figure.subplots(1, len(PANELS), sharey=True)
        for panel, (family, title) in zip(axes, PANELS.items(), strict=True):
            rows = [row for row in results["rows"] if row["family"] == family]
            _panel(panel, rows)
            panel.set(title=title, xlabel="entries of all inputs", xscale="log", yscale="log")
        axes[0].set_ylabel("seconds to a verdict")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.savefig(file, metadata={"Date": None})


def _panel(panel: Any, rows: list[dict[str, Any]]) -> None:
    for name, colour, marker in zip(TOOLS, COLOURS, MARKERS, strict=True):
        points = [
            (row["entries"], row["tools"][name]["seconds"])
            for row in rows
            if "seconds" in row["tools"].get(name, {})
        ]
        width = 2.2 if name == SELF else 1.2
        x, y = zip(*points, strict=True) if points else ((), ())
        panel.plot(x, y, color=colour, marker=marker, markersize=4, lw=width, label=name)
    panel.plot(
        [row["entries"] for row in rows],
        [row["floor"] for row in rows],
        color="#999999",
        ls="--",
        lw=1,
        label="2 forward + 1 VJP",
    )
    panel.grid(visible=True, color="#dddddd", lw=0.6)
