"""The words of a verdict: what a person reads when a gradient is wrong, or could not be verified."""

from __future__ import annotations

import math

from gradcheck.findings import Evidence, Example, Report, Result
from gradcheck.types import Verdict


def describe(report: Report, repeat: str = "") -> str:
    """Return the report's findings in words, or its verdict in one line when it is CORRECT.

    `repeat` is the command that brings the same findings up again.
    """
    repeat = repeat or f"gradcheck.check(<{report.layer}>, seed={report.seed})"
    if report.verdict is Verdict.CORRECT:
        return f"VJP of {report.layer!r} is correct: {seen(report.sensitivity)}"
    parts = [_finding(report, result, repeat) for result in _distinct(report.findings)]
    return "\n\n".join(parts)


def _distinct(findings: tuple[Result, ...]) -> list[Result]:
    """Return the findings, without repeating one reason for every check that it stopped."""
    wrong = [r for r in findings if r.verdict is Verdict.WRONG]
    chosen: dict[str, Result] = {}
    for result in wrong or findings:
        chosen.setdefault(result.reason, result)
    return list(chosen.values())


def _finding(report: Report, result: Result, repeat: str) -> str:
    state = "wrong" if result.verdict is Verdict.WRONG else "unverified"
    lines = [f"VJP of {report.layer!r} is {state}: {result.reason}"]
    rows = [("check", result.check)]
    if result.evidence is not None:
        rows += _evidence_rows(result.evidence)
    if result.example is not None:
        rows.append(
            ("smallest" if result.verdict is Verdict.WRONG else "for example", shapes(result.example))
        )
    rows.append(("repeat", repeat))
    return "\n".join(lines + [f"  {label:<12} {text}" for label, text in rows])


def _evidence_rows(evidence: Evidence) -> list[tuple[str, str]]:
    rows = []
    if evidence.entries is not None and evidence.entries[1] > 1:
        rows.append(("where", f"{evidence.entries[0]} of {evidence.entries[1]} entries"))
    at = evidence.what
    if evidence.index is not None:
        at += f"[{', '.join(map(str, evidence.index))}]" if evidence.index else ""
    digits = decimals(evidence)
    rows.append(("at", at))
    rows.append(("derived", f"{evidence.derived: .{digits}g}"))
    exact = "(exact)" if evidence.error == 0.0 else f"± {evidence.error:.0e}"
    rows.append(("numerical", f"{evidence.numerical: .{digits}g} {exact}"))
    rows.append(("allowed", f" {evidence.allowed:.0e}" if evidence.allowed else " 0"))
    return rows


def decimals(evidence: Evidence) -> int:
    """Return how many significant digits show the difference between derived and numerical."""
    size = max(abs(evidence.derived), abs(evidence.numerical))
    apart = abs(evidence.derived - evidence.numerical)
    if not (math.isfinite(size) and apart > 0.0):
        return 8
    return min(17, max(8, math.ceil(math.log10(size / apart)) + 3))


def shapes(example: Example) -> str:
    """Return an example's shapes and options on one line."""
    inputs = [f"{name} {shape}" for name, shape in example.shapes.items()]
    options = [f"{name}={value!r}" for name, value in example.options.items()]
    return ", ".join(inputs + options)


def seen(sensitivity: float | None) -> str:
    """Return the sensitivity of a check in words."""
    if sensitivity is None:
        return "nothing to measure"
    return "exact" if sensitivity == 0.0 else f"a relative error of {sensitivity:.0e} would have been seen"
