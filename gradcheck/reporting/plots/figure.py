"""The pictures of one finding side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gradcheck.judging import Result
from gradcheck.reporting.plots.entries import heat_map, scatter
from gradcheck.reporting.plots.examples import draw_shapes, ratios
from gradcheck.reporting.plots.steps import step_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE = 4.6
"""Inches of one picture."""


def figure(title: str, result: Result) -> Figure:
    """Draw what a result has: the error's map, derived against numerical, the slope against the step.

    Where it has neither, its examples are drawn.

    Parameters
    ----------
    title
        Stands above all.
    result
        With a comparison, a curve, a way to measure them, or examples.

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
    drawn = _pictures(result)
    whole = Figure(figsize=(SIDE * len(drawn), SIDE), layout="constrained")
    for position, draw in enumerate(drawn, start=1):
        axes = whole.add_subplot(1, len(drawn), position)
        draw(axes)
        axes.title.set(fontsize="medium", wrap=True)
    whole.suptitle(title)
    return whole


def _pictures(result: Result) -> list[Callable[[Axes], None]]:
    comparison, curve = result.comparison, result.curve
    if comparison is None and curve is None and result.measure is not None:
        comparison, curve = result.measure()
    drawn: list[Callable[[Axes], None]] = []
    if comparison is not None:
        drawn += [partial(heat_map, comparison=comparison), partial(scatter, comparison=comparison)]
    if curve is not None:
        drawn.append(partial(step_curve, curve=curve))
    if not drawn and any(example.ratio is not None for example in result.tried):
        drawn.append(partial(ratios, tried=result.tried))
    return drawn or [partial(draw_shapes, tried=result.tried)]
