"""The pictures of one finding side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradcheck.judging import Result
from gradcheck.reporting.plots.entries import heat_map, scatter
from gradcheck.reporting.plots.steps import step_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE = 4.6
"""Inches of one picture."""


def figure(title: str, result: Result) -> Figure:
    """Draw what a result has: the error's map, derived against numerical, the slope against the step.

    Parameters
    ----------
    title
        Stands above all.
    result
        With a comparison or a curve.

    Raises
    ------
    ImportError
        If matplotlib is not there.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as missing:
        message = "plot() needs matplotlib, which is not installed: pip install 'gradcheck[plot]'"
        raise ImportError(message) from missing
    drawn: list[Callable[[Axes], None]] = []
    comparison, curve = result.comparison, result.curve
    if comparison is not None:
        drawn += [lambda axes: heat_map(axes, comparison), lambda axes: scatter(axes, comparison)]
    if curve is not None:
        drawn.append(lambda axes: step_curve(axes, curve))
    whole = Figure(figsize=(SIDE * len(drawn), SIDE), layout="constrained")
    for position, draw in enumerate(drawn, start=1):
        axes = whole.add_subplot(1, len(drawn), position)
        draw(axes)
        axes.title.set(fontsize="medium", wrap=True)
    whole.suptitle(title)
    return whole
