"""A rule that callers rely on is broken, where the gradient itself may be right."""

from __future__ import annotations

from gradcheck.judging import Outcome
from gradcheck.types import Verdict


def flaw(reason: str) -> Outcome:
    """Return what a check concludes that found such a rule broken, and nothing worse."""
    return Outcome(Verdict.FLAWED, reason)
