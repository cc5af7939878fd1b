"""Which pictures belong to a layer and to a check's result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from gradcheck.html.svg import svg
from gradcheck.judging import Result, Tried
from gradcheck.reporting import Report, plots
from gradcheck.types import Verdict


@dataclass(frozen=True)
class Picture:
    """A picture and the question that it answers."""

    caption: str
    svg: Markup


def of_layer(report: Report, prefixes: Iterator[str]) -> tuple[Picture, ...]:
    """Return what the layer's examples looked like: those of the check that ran the most.

    Parameters
    ----------
    report
        The layer's report.
    prefixes
        Names for the pictures' ids, each another.
    """
    tried = max((result.tried for result in report.results), key=len, default=())
    if not _has_axes(tried):
        return ()
    return (
        Picture("Which shapes were tried?", svg(partial(plots.draw_shapes, tried=tried), next(prefixes))),
    )


def of_result(result: Result, prefixes: Iterator[str]) -> tuple[Picture, ...]:
    """Return what was measured, as far as it was; of a failing check, what was tried too.

    Parameters
    ----------
    result
        The check's result.
    prefixes
        Names for the pictures' ids, each another.
    """
    made = []
    tried, comparison, curve = result.tried, result.comparison, result.curve
    if comparison is not None:
        draw = partial(plots.heat_map, comparison=comparison)
        made.append(Picture("Which entries are off?", svg(draw, next(prefixes))))
        draw = partial(plots.scatter, comparison=comparison)
        made.append(Picture("How are they off?", svg(draw, next(prefixes))))
    if curve is not None:
        draw = partial(plots.step_curve, curve=curve)
        made.append(Picture("Can the measurement be trusted?", svg(draw, next(prefixes), size=(4.6, 3.6))))
    if any(example.ratio is not None for example in tried):
        draw = partial(plots.ratios, tried=tried)
        made.append(Picture("How far from its bound is each example?", svg(draw, next(prefixes))))
    if _has_axes(tried) and (result.verdict.is_failure or result.verdict is Verdict.UNVERIFIED):
        draw = partial(plots.draw_shapes, tried=tried)
        made.append(Picture("Which shapes were tried?", svg(draw, next(prefixes))))
    return tuple(made)


def _has_axes(tried: tuple[Tried, ...]) -> bool:
    return any(shape for example in tried for shape in example.shapes.values())
