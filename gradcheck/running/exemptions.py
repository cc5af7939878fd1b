"""Exemptions: a check that its layer's author leaves out, for a written reason."""

from __future__ import annotations

from dataclasses import replace

from gradcheck.judging import Result
from gradcheck.types import Verdict


def apply_exemption(result: Result, reason: str | None) -> Result:
    """Return what becomes of a check's result where the layer may be exempt from the check.

    The check runs all the same, since there is no other way to tell an exemption that has done its time.

    Parameters
    ----------
    result
        What the check found.
    reason
        Why the layer is exempt, or None where it is not.
    """
    if reason is None:
        return result
    if result.verdict in (Verdict.CORRECT, Verdict.NOT_APPLICABLE):
        return replace(result, stale=reason)
    return Result(result.check, Verdict.EXEMPT, reason, result.examples, result.verified, tried=result.tried)
