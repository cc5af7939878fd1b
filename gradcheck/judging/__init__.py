"""From a measurement to a verdict: the only tolerance, the excuses for a suspicion, and the judge."""

from gradcheck.judging.confirmation import recurs
from gradcheck.judging.entry import entry_evidence, name_entry
from gradcheck.judging.entrywise import BothJacobians, compare_jacobians
from gradcheck.judging.evidence import Cause, Curve, Diagnosis, EntryComparison, Evidence, Repair
from gradcheck.judging.excuses import EXCUSES, Excuse, excuse_kink
from gradcheck.judging.findings import Outcome, Result, verdict_of
from gradcheck.judging.measurement import measure
from gradcheck.judging.results import compare_results, relative_difference, repeats
from gradcheck.judging.tolerance import (
    ROUNDING,
    SENTENCES,
    VACUOUS,
    WEAK,
    Agreement,
    Comparison,
    K,
    Reason,
    are_within_rounding,
    compare_arrays,
    compare_slope,
)
from gradcheck.judging.tried import MOST_TRIED, Tried
from gradcheck.judging.verdict import (
    Judgement,
    judge,
    judge_entry,
    judge_further,
    judge_jointly,
    judge_on_kink,
)

__all__ = [
    "EXCUSES",
    "MOST_TRIED",
    "ROUNDING",
    "SENTENCES",
    "VACUOUS",
    "WEAK",
    "Agreement",
    "BothJacobians",
    "Cause",
    "Comparison",
    "Curve",
    "Diagnosis",
    "EntryComparison",
    "Evidence",
    "Excuse",
    "Judgement",
    "K",
    "Outcome",
    "Reason",
    "Repair",
    "Result",
    "Tried",
    "are_within_rounding",
    "compare_arrays",
    "compare_jacobians",
    "compare_results",
    "compare_slope",
    "entry_evidence",
    "excuse_kink",
    "judge",
    "judge_entry",
    "judge_further",
    "judge_jointly",
    "judge_on_kink",
    "measure",
    "name_entry",
    "recurs",
    "relative_difference",
    "repeats",
    "verdict_of",
]
