"""Evidence of two arrays that should agree and do not."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gradcheck.evaluation import Point
from gradcheck.judging import Agreement, Evidence, are_within_rounding
from gradcheck.types import Array


def disagreement(
    what: str, derived: Array, reference: Array, comparison: Agreement, against: str = "expected"
) -> Evidence:
    """Return the worst entry of an `Agreement` that failed."""
    return Evidence(
        what,
        comparison.index,
        float(derived[comparison.index]),
        float(reference[comparison.index]),
        0.0,
        comparison.allowed,
        (comparison.wrong, reference.size),
        against,
    )


def keep_what_differs(
    point: Point, bars: tuple[Array | None, ...], argnums: Collection[int], factor: float = 1.0
) -> tuple[Array | None, ...] | None:
    """Return None where the cotangents of some inputs are those of a point times a factor, else copies.

    What a pullback returned may be memory into which its next call writes. Most cotangents agree at once,
    and need no copy; before one that does not is looked at, which takes other calls, all are copied.
    """
    for argnum in argnums:
        bar, own = bars[argnum], point.bar(argnum)
        assert bar is not None
        if bar.shape != own.shape or not are_within_rounding(bar, own, point.eps, factor):
            return tuple(None if bar is None else np.array(bar) for bar in bars)
    return None
