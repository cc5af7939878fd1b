"""The page of a run of mutants: the source of each backward, with the mistakes that were let through."""

from __future__ import annotations

import linecache
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gradcheck._util import version_of
from gradcheck.html.page import embed, environment, own_file
from gradcheck.reporting import (
    Fate,
    MutantReport,
    MutationReport,
    describe_score,
    mutation_document,
    mutation_summary,
    relative,
    score_of,
)

AROUND = 2
"""Lines that are shown before the first and after the last mutant of a function. Half hides its first line;
twice as much shows its neighbours."""


@dataclass(frozen=True)
class Line:
    """A line of source, with what became of the mutants on it."""

    number: int
    text: str
    survivors: tuple[MutantReport, ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class Function:
    """A function that was mutated: its name, its file and its lines."""

    name: str
    file: str
    lines: tuple[Line, ...]
    unplaced: tuple[MutantReport, ...]
    """Survivors on lines of no file."""


def mutants_page(reports: Sequence[MutationReport], date: datetime, seconds: float | None) -> str:
    """Return the page as one HTML document, with the run's plain data inside.

    Parameters
    ----------
    reports
        One for each layer, at least one.
    date
        When the run ended.
    seconds
        How long it took, if known.
    """
    score = score_of(reports)
    survivors = sum(len(report.survivors) for report in reports)
    headline = "No mutant was judged" if score is None else f"{score:.1%} of the planted mistakes are found"
    rows = [("date", f"{date:%Y-%m-%d %H:%M %Z}".strip()), ("seed", str(reports[0].seed))]
    rows += [] if seconds is None else [("took", f"{seconds:.1f} s")]
    rows += [(name, version_of(name)) for name in ("gradcheck", "numpy")]
    return (
        environment()
        .get_template("mutants.html.jinja")
        .render(
            document=embed(mutation_document(reports)),
            style=own_file("style.css"),
            headline=headline,
            verdict="UNVERIFIED" if score is None else "CORRECT" if not survivors else "WRONG",
            summary=mutation_summary(reports, seconds or 0.0),
            facts=rows,
            layers=[(report, describe_score(report), functions_of(report)) for report in reports],
        )
    )


def functions_of(report: MutationReport) -> list[Function]:
    """Return the mutated functions of a layer, with their lines."""
    found: dict[tuple[str, str], list[MutantReport]] = {}
    for mutant in report.mutants:
        found.setdefault((mutant.file, mutant.function), []).append(mutant)
    return [_function(file, name, mutants) for (file, name), mutants in found.items()]


def _function(file: str, name: str, mutants: Sequence[MutantReport]) -> Function:
    placed = [mutant for mutant in mutants if mutant.line]
    first = max(1, min((mutant.line for mutant in placed), default=1) - AROUND)
    last = max((mutant.line for mutant in placed), default=0) + AROUND
    lines = []
    for number in range(first, last + 1):
        here = [mutant for mutant in placed if mutant.line == number]
        counts = Counter(mutant.fate.value for mutant in here)
        survivors = tuple(mutant for mutant in here if mutant.fate is Fate.SURVIVED)
        lines.append(Line(number, linecache.getline(file, number).rstrip(), survivors, dict(counts)))
    unplaced = tuple(m for m in mutants if not m.line and m.fate is Fate.SURVIVED)
    return Function(name, relative(file), tuple(lines), unplaced)
