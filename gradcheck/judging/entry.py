"""The evidence of one wrong entry, from a measurement that moved it alone."""

from __future__ import annotations

from gradcheck._util import unravel
from gradcheck.evaluation import Point, Trial
from gradcheck.judging.evidence import Evidence
from gradcheck.judging.tolerance import Comparison
from gradcheck.types import Array


def entry_evidence(
    point: Point,
    argnum: int,
    flat: int,
    comparison: Comparison,
    v: Array,
    count: tuple[int, int] | None = None,
) -> Evidence:
    """Return the evidence of one entry, from a comparison along a direction that moves only it.

    Parameters
    ----------
    point, argnum
        Where, and of which input.
    flat
        The entry's position in the flat input.
    comparison, v
        What was found, along which direction.
    count
        How many entries are wrong, of how many, if that is known.
    """
    step = float(v.flat[flat])
    what, index = name_entry(point.trial, argnum, flat)
    derived = float(point.x_bar(argnum).flat[flat])
    return Evidence(
        what,
        index,
        derived,
        derived + comparison.error / step,
        comparison.uncertainty / abs(step),
        comparison.allowed / abs(step),
        count,
    )


def name_entry(trial: Trial, argnum: int, flat: int) -> tuple[str, tuple[int, ...]]:
    """Return what an entry's cotangent is called, and its index, both as the layer has them."""
    index = unravel(flat, trial.primals[argnum].shape)
    if not trial.inputs.leaves[argnum].slot.is_complex:
        return trial.cotangent_name(argnum), index
    part = ("real", "imag")[index[-1]]
    return f"{trial.names[argnum]}_bar.{part}", index[:-1]
