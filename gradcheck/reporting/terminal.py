"""Reports on the terminal. It renders verdicts; it decides none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gradcheck._util import count_noun
from gradcheck.claims import Decision, Ruling
from gradcheck.reporting.message import gaps
from gradcheck.reporting.report import Report
from gradcheck.reporting.styles import STYLES
from gradcheck.types import SEVERITY, Verdict, worst

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


PHRASES = {"holds": ("holds", "hold"), "holds if": ("holds under conditions", "hold under conditions")}
"""Decisions about one claim and about several, where these are told in other words than by their name."""

NARROW = 72
"""Columns below which a table has no room: verdict, counts and a number take 36 with what stands between, and
two names of layers and checks need as many. Each layer is then shown in lines of its own, which wrap."""


ORDER = (*SEVERITY[:-1], Verdict.EXEMPT)
"""Verdicts of checks that the table names, the worst first."""


def table(reports: Sequence[Report]) -> Table:
    """Return the table of layers: the verdict, how many checks passed, and by name those that did not."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    grid.add_column("layer", overflow="fold")
    grid.add_column("verdict", no_wrap=True)
    grid.add_column("passed", justify="right", no_wrap=True)
    grid.add_column("would see", justify="right", no_wrap=True)
    if any(result.verdict in ORDER for report in reports for result in report.results):
        grid.add_column("not passed", overflow="fold")
    for report in reports:
        verdict = Text(report.verdict.value, STYLES[report.verdict].terminal)
        numbers = _passed(report), size(report.sensitivity)
        grid.add_row(Text(report.layer), verdict, *numbers, _others(report))
    return grid


def layer_rows(reports: Sequence[Report]) -> Text:
    """Return what the table says as lines, one or two for each layer."""
    from rich.text import Text

    lines = []
    for report in reports:
        verdict = Text(report.verdict.value, STYLES[report.verdict].terminal)
        rest = f", {_passed(report)} passed, would see {size(report.sensitivity)}"
        lines += [Text.assemble(report.layer, ": ", verdict, rest)]
        others = _others(report)
        lines += [Text.assemble("  ", others)] if others else []
    return Text("\n", overflow="fold").join(lines)


def _passed(report: Report) -> str:
    """Return how many of the checks that say something about the layer passed."""
    asked = [result for result in report.results if result.verdict in SEVERITY]
    return f"{sum(result.verdict is Verdict.CORRECT for result in asked)} of {len(asked)}"


def _others(report: Report) -> Text:
    """Return the checks that did not pass, and those that are exempt, behind the marks of their verdicts."""
    from rich.text import Text

    groups = []
    for verdict in ORDER:
        names = [result.check for result in report.results if result.verdict is verdict]
        if names:
            groups.append(Text(f"{STYLES[verdict].mark} {', '.join(names)}", STYLES[verdict].terminal))
    return Text("  ").join(groups)


def legend(reports: Sequence[Report]) -> str:
    """Return what the table's words and marks mean."""
    found = {result.verdict for report in reports for result in report.results}
    marks = [f"{STYLES[verdict].mark} {STYLES[verdict].words}" for verdict in ORDER if verdict in found]
    return "\n".join(
        [
            "passed: of the checks that say something about the layer",
            "would see: the smallest relative error that finite differences would have seen",
            *(["   ".join(marks)] if marks else []),
        ]
    )


def name_of(result: Report | Ruling) -> str:
    """Return what a report or a ruling is about, in a word or two."""
    return f"claim {result.claim.id}" if isinstance(result, Ruling) else result.layer


def line(result: Report | Ruling) -> str:
    """Return one plain line about a report or a ruling."""
    return f"{name_of(result)}: {result.words if isinstance(result, Ruling) else result.verdict.value}"


def overall(found: Sequence[Report | Ruling]) -> Verdict:
    """Return the worst verdict of a run; that of a run which found nothing is UNVERIFIED."""
    return worst(result.verdict for result in found)


def summary(reports: Sequence[Report], rulings: Sequence[Ruling], seed: int, seconds: float) -> str:
    """Return the line that ends a run."""
    parts = []
    if reports:
        counts = Counter(r.verdict for r in reports)
        verdicts = ", ".join(f"{counts[v]} {v.value}" for v in STYLES if counts[v])
        counted = Counter(r.verdict for report in reports for r in report.results)
        checks = count_noun(sum(counted[v] for v in SEVERITY), "check")
        checks += f", {counted[Verdict.EXEMPT]} exempt" if counted[Verdict.EXEMPT] else ""
        calls = sum(r.forward_calls for r in reports), sum(r.vjp_calls for r in reports)
        called = f"{checks}, {calls[0]:,} forward and {calls[1]:,} VJP calls"
        parts.append(f"{count_noun(len(reports), 'layer')}: {verdicts} ({called})")
    if rulings:
        words = count_decisions(ruling.decision.value for ruling in rulings)
        parts.append(f"{count_noun(len(rulings), 'claim')}: {words}")
    return f"{'; '.join(parts)}; seed {seed}, {seconds:.1f} s"


def count_decisions(decisions: Iterable[str]) -> str:
    """Return how often each decision was made, in words."""
    counts = Counter(decisions)
    found = [decision.value for decision in Decision if counts[decision.value]]
    return ", ".join(f"{counts[word]} {PHRASES.get(word, (word, word))[counts[word] > 1]}" for word in found)


def exemption_notes(found: Sequence[Report | Ruling]) -> list[str]:
    """Return a line for each exemption, each declared tolerance, and each gap."""
    reports = [result for result in found if isinstance(result, Report)]
    return [f"{label}: {r.layer}: {text}" for r in reports for label, text in [*r.notes, *gaps(r)]]


def size(sensitivity: float | None) -> str:
    """Return a sensitivity as tables show it."""
    return "–" if sensitivity is None else f"{sensitivity:.0e}"


def claims_table(rulings: Sequence[Ruling]) -> Table:
    """Return the table of claims: id, section, statement, verdict, evidence."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for heading in ("claim", "section", "statement", "verdict", "evidence"):
        grid.add_column(heading, no_wrap=heading == "claim", overflow="fold")
    for ruling in rulings:
        claim = ruling.claim
        verdict = Text(ruling.words, STYLES[ruling.verdict].terminal)
        grid.add_row(
            Text(claim.id), Text(claim.section), Text(claim.statement), verdict, Text(ruling.evidence)
        )
    return grid


def claim_rows(rulings: Sequence[Ruling]) -> Text:
    """Return what the table of claims says as lines."""
    from rich.text import Text

    lines = []
    for ruling in rulings:
        verdict = Text(ruling.words, STYLES[ruling.verdict].terminal)
        lines += [Text.assemble(f"{ruling.claim.id}: {ruling.claim.statement}: ", verdict)]
        lines += [Text(f"  {ruling.evidence}")] if ruling.evidence else []
    return Text("\n", overflow="fold").join(lines)
