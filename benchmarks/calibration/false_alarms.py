"""Right gradients at random points: how many of them are called wrong. None should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradcheck
from benchmarks.calibration.draw import KINDS, Case, case
from gradcheck import Report, Verdict

SIZES = (1, 5)
DTYPES = ("float64", "float64", "float32")


@dataclass(frozen=True)
class Judged:
    """The verdict on one right gradient, with what it takes to get it again unless it is CORRECT."""

    family: str
    kind: str
    dtype: str
    verdict: str
    reason: str = ""
    again: dict[str, Any] | None = None


def right(seed: int, index: int) -> Case:
    """Return the right case of an index: any family, any kind of values, either precision."""
    return case(seed, index, tuple(KINDS), SIZES, DTYPES)


def judged(seed: int, index: int) -> Judged:
    """Run the whole battery on one right gradient."""
    drawn = right(seed, index)
    report = gradcheck.check(drawn.layer, *drawn.primals, seed=index, **drawn.options)
    dtype = str(next(p.dtype for p in drawn.primals))
    told = drawn.family.name, drawn.kind, dtype, report.verdict.value
    if report.verdict is Verdict.CORRECT:
        return Judged(*told)
    finding = report.findings[0]
    again = None if report.verdict is Verdict.UNVERIFIED else _again(seed, drawn, report)
    return Judged(*told, f"{finding.check}: {finding.reason}", again)


def _again(seed: int, drawn: Case, report: Report) -> dict[str, Any]:
    return {
        "family": drawn.family.name,
        "kind": drawn.kind,
        "seed": seed,
        "index": drawn.index,
        "options": {name: repr(value) for name, value in drawn.options.items()},
        "primals": [
            {"dtype": str(p.dtype), "values": np.asarray(p, np.float64).tolist()} for p in drawn.primals
        ],
        "report": report.describe(),
    }


def summary(cases: Iterable[Judged]) -> dict[str, Any]:
    """Return the counts of all verdicts: in all, by precision, by kind, by family; and what was wrong."""
    everything = list(cases)
    return {
        "cases": len(everything),
        "families": len({c.family for c in everything}),
        "verdicts": dict(Counter(c.verdict for c in everything)),
        "by_dtype": _counted((c.dtype, c.verdict) for c in everything),
        "by_kind": _counted((c.kind, c.verdict) for c in everything),
        "by_family": _counted((c.family, c.verdict) for c in everything),
        "unverified": dict(
            Counter(c.reason for c in everything if c.verdict == "UNVERIFIED").most_common(40)
        ),
        "wrong": [c.again for c in everything if c.again is not None],
    }


def _counted(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for key, verdict in pairs:
        row = counts.setdefault(key, {})
        row[verdict] = row.get(verdict, 0) + 1
    return dict(sorted(counts.items()))
