"""Evidence of two arrays that should agree and do not."""

from __future__ import annotations

from gradcheck.judging import Agreement, Evidence
from gradcheck.types import Array


def disagreement(
    what: str, derived: Array, reference: Array, compared: Agreement, against: str = "expected"
) -> Evidence:
    """Return the worst entry of an `Agreement` that failed."""
    return Evidence(
        what,
        compared.index,
        float(derived[compared.index]),
        float(reference[compared.index]),
        0.0,
        compared.allowed,
        (compared.wrong, reference.size),
        against,
    )
