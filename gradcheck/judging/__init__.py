"""From a measurement to a verdict: the only tolerance, the excuses for a suspicion, and the judge."""

from gradcheck.judging.entrywise import Entries, entries
from gradcheck.judging.evidence import Cause, Comparison, Curve, Diagnosis, Evidence
from gradcheck.judging.excuses import at_kink, explained
from gradcheck.judging.findings import Outcome, Result, verdict_of
from gradcheck.judging.looks import by_ladder, look
from gradcheck.judging.screen import settled
from gradcheck.judging.tolerance import (
    REASONS,
    ROUNDING,
    VACUOUS,
    WEAK,
    Agreement,
    Judgement,
    K,
    Word,
    agreement,
)
from gradcheck.judging.tried import MOST, Tried
from gradcheck.judging.verdict import judge

__all__ = [
    "MOST",
    "REASONS",
    "ROUNDING",
    "VACUOUS",
    "WEAK",
    "Agreement",
    "Cause",
    "Comparison",
    "Curve",
    "Diagnosis",
    "Entries",
    "Evidence",
    "Judgement",
    "K",
    "Outcome",
    "Result",
    "Tried",
    "Word",
    "agreement",
    "at_kink",
    "by_ladder",
    "entries",
    "explained",
    "judge",
    "look",
    "settled",
    "verdict_of",
]
