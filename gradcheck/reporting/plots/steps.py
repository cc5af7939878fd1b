"""The measured slope against the step: what says that the numerical value can be trusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradcheck.judging import Curve
from gradcheck.reporting.plots.colours import BOUND, DERIVED, NUMERICAL, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def step_curve(axes: Axes, curve: Curve) -> None:
    """Draw how far each step's difference is from the numerical slope, and how far the derived one is.

    Large steps err by curvature and small ones by rounding; in between they come down to the uncertainty of
    the numerical slope. A derived slope far above that valley is wrong. The slope is that along one random
    direction: its numbers are not those of the entry that a message tells.

    Parameters
    ----------
    axes
        Where; both scales become logarithmic.
    curve
        Steps, slopes and noise, as measured.
    """
    steps = np.asarray(curve.steps, dtype=float)
    apart = np.abs(np.asarray(curve.slopes, dtype=float) - curve.numerical)
    noise = np.asarray(curve.noise, dtype=float)
    axes.set_xscale("log")
    axes.set_yscale("log")
    _line(axes, steps, apart, "o-", NUMERICAL, "|slope at this step − numerical|")
    _line(axes, steps, noise, ":", QUIET, "rounding")
    derived = abs(curve.derived - curve.numerical)
    for value, colour, style, label in (
        (derived, DERIVED, "-", f"|derived − numerical| = {derived:.1e}"),
        (curve.error, BOUND, "--", f"uncertainty of numerical = {curve.error:.1e}"),
    ):
        if math.isfinite(value) and value > 0.0:
            axes.axhline(value, color=colour, linestyle=style, linewidth=1.5, label=label)
    axes.set_title(_title(curve, derived))
    axes.set_xlabel("step along a random direction, all entries at once")
    axes.set_ylabel("distance from the numerical slope")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _line(axes: Axes, steps: np.ndarray, values: np.ndarray, style: str, colour: str, label: str) -> None:
    """Draw what a logarithmic scale can show."""
    shown = np.isfinite(values) & (values > 0.0) & (steps > 0.0)
    if shown.any():
        axes.plot(steps[shown], values[shown], style, color=colour, markersize=4, linewidth=1.2, label=label)


def _title(curve: Curve, derived: float) -> str:
    if not math.isfinite(derived):
        return "the derived slope is not finite"
    if curve.error > 0.0 and derived > curve.error:
        return f"the derived slope is {derived / curve.error:.0e} uncertainties off"
    if derived == 0.0:
        return "the derived slope is the numerical one"
    return "the derived slope lies within the uncertainty" if curve.error > 0.0 else f"off by {derived:.1e}"
