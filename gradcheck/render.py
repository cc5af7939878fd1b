"""Reports on the terminal and as JSON. It renders verdicts; it decides none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from gradcheck.checks import CHECKS
from gradcheck.findings import Evidence, Example, Report, Result
from gradcheck.types import Verdict

MARKS = {
    Verdict.CORRECT: ("✓", "green"),
    Verdict.WRONG: ("✗", "bold red"),
    Verdict.UNVERIFIED: ("?", "bold yellow"),
    Verdict.NOT_APPLICABLE: ("·", "dim"),
}
STYLES = {Verdict.CORRECT: "green", Verdict.WRONG: "bold red", Verdict.UNVERIFIED: "bold yellow"}
PRINTABLE_ENTRIES = 1000
"""Primals with more entries than this are left out of the JSON; shapes and seed give them back."""
HEADINGS = {
    "finite-difference": "finite\ndiff.",
    "linearity": "linear-\nity",
    "contract": "con-\ntract",
    "determinism": "deter-\nminism",
}
WIDE = 104
"""Columns that the table needs with one column for each check; below it the marks stand together."""


def table(reports: Sequence[Report], width: int) -> Table:
    """Return the table layer × check, for a terminal of some width."""
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    grid.add_column("layer", no_wrap=True)
    headings = [HEADINGS.get(c.name, c.name) for c in CHECKS] if width >= WIDE else ["checks"]
    for heading in headings:
        grid.add_column(heading, justify="center", no_wrap=True)
    grid.add_column("would\nsee", justify="right", no_wrap=True)
    grid.add_column("verdict", no_wrap=True)
    for report in reports:
        found = {r.check: Text(*MARKS[r.verdict]) for r in report.results}
        marks = [found.get(c.name, Text("")) for c in CHECKS]
        cells = marks if width >= WIDE else [Text(" ").join(marks)]
        verdict = Text(report.verdict.value, STYLES[report.verdict])
        grid.add_row(Text(report.layer), *cells, _size(report.sensitivity), verdict)
    return grid


def legend(width: int) -> str:
    """Return what the table's marks mean."""
    marks = "✓ correct   ✗ wrong   ? unverified   · does not apply"
    order = "" if width >= WIDE else f"checks: {', '.join(c.name for c in CHECKS)}\n"
    return f"{order}{marks}\nwould see: the smallest relative error that finite differences would have seen"


def line(report: Report) -> str:
    """Return one plain line about a report."""
    return f"{report.layer}: {report.verdict.value}"


def summary(reports: Sequence[Report], seconds: float) -> str:
    """Return the line that ends a run."""
    counts = {verdict: sum(r.verdict is verdict for r in reports) for verdict in STYLES}
    said = ", ".join(f"{n} {verdict.value}" for verdict, n in counts.items() if n)
    checks = sum(r.verdict is not Verdict.NOT_APPLICABLE for report in reports for r in report.results)
    calls = sum(r.forward_calls for r in reports), sum(r.vjp_calls for r in reports)
    plural = "s" * (len(reports) != 1)
    return (
        f"{len(reports)} layer{plural}: {said}  ({checks} checks, {calls[0]:,} forward and {calls[1]:,} "
        f"VJP calls, seed {reports[0].seed}, {seconds:.1f} s)"
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as plain data for `json.dump`."""
    return {
        "layer": report.layer,
        "verdict": report.verdict.value,
        "inputs": list(report.inputs),
        "sensitivity": _number(report.sensitivity),
        "forward_calls": report.forward_calls,
        "vjp_calls": report.vjp_calls,
        "seed": report.seed,
        "checks": [_result(result) for result in report.results],
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "check": result.check,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "examples": result.examples,
        "verified": result.verified,
        "sensitivity": _number(result.sensitivity),
        "evidence": None if result.evidence is None else _evidence(result.evidence),
        "example": None if result.example is None else _example(result.example),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "what": evidence.what,
        "index": None if evidence.index is None else list(evidence.index),
        "derived": _number(evidence.derived),
        "numerical": _number(evidence.numerical),
        "against": evidence.against,
        "error": _number(evidence.error),
        "allowed": _number(evidence.allowed),
        "wrong_entries": None if evidence.entries is None else evidence.entries[0],
        "entries": None if evidence.entries is None else evidence.entries[1],
    }


def _example(example: Example) -> dict[str, Any]:
    arrays = [np.asarray(p) for p in example.primals]
    small = sum(a.size for a in arrays) <= PRINTABLE_ENTRIES
    return {
        "shapes": {name: list(shape) for name, shape in example.shapes.items()},
        "options": {name: _plain(value) for name, value in example.options.items()},
        "seed": example.seed,
        "primals": [a.tolist() for a in arrays] if small and _finite(arrays) else None,
    }


def _finite(arrays: list[Any]) -> bool:
    return all(bool(np.all(np.isfinite(a))) for a in arrays)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value if isinstance(value, bool | int | float | str | list | tuple | None) else repr(value)


def _number(value: float | None) -> float | str | None:
    """JSON has no infinity and no NaN: they are written as words."""
    return value if value is None or math.isfinite(value) else str(value)


def _size(sensitivity: float | None) -> str:
    return "–" if sensitivity is None else f"{sensitivity:.0e}"
