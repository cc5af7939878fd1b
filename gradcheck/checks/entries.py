"""Evidence of two arrays that should agree and do not."""

from __future__ import annotations

from gradcheck.judging import Agreement, Evidence
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
