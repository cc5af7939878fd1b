"""What `gradcheck mutate` prints and writes: scores, the survivors as coloured diffs, JSON and JUnit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from gradcheck._util import count_noun, version_of
from gradcheck.reporting.json_document import now, write_document
from gradcheck.reporting.mutation import (
    Fate,
    MutantReport,
    MutationReport,
    interval_of,
    place_of,
    score_of,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

REMOVED, ADDED = "red", "green"
"""The colours of a diff, on a terminal."""


def print_mutants(console: Console, reports: Sequence[MutationReport], seconds: float) -> None:
    """Print the score of every layer, its survivors, and a line that sums up.

    Parameters
    ----------
    console
        Where.
    reports
        One for each layer.
    seconds
        How long the run took.
    """

    def say(text: str | Text, style: str = "") -> None:
        console.print(text, markup=False, highlight=False, style=style)

    say("")
    console.print(scores_table(reports))
    for report in reports:
        for note in (*report.notes, *([report.reason] if report.reason else [])):
            say(f"\n{report.layer}: {note}")
        for (reason, declaration), mutants in group_survivors(report).items():
            say(f"\n{report.layer}, {count_mutants(len(mutants))}: {reason}", "bold")
            if declaration:
                say(f"declare {declaration}", "bold")
            for mutant in mutants:
                say(survivor_text(mutant))
    say("\n" + mutation_summary(reports, seconds))


def scores_table(reports: Sequence[MutationReport]) -> Table:
    """Return the table of layers, with how many mutants have each fate."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    grid.add_column("layer", overflow="fold")
    for heading in ("mutants", *(fate.value for fate in Fate), "score", "95 % interval"):
        grid.add_column(heading, justify="right")
    for report in reports:
        score, interval = report.score, report.interval
        shown = "–" if score is None else f"{score:.1%}"
        between = "" if interval is None else f"{interval[0]:.1%} to {interval[1]:.1%}"
        judged = len(report.mutants)
        number = f"{judged}" if judged == report.planned else f"{judged} of {report.planned}"
        style = "" if score is None else "green" if not report.survivors else "yellow"
        fates = (str(len(report.of(fate))) for fate in Fate)
        grid.add_row(report.layer, number, *fates, shown, between, style=style)
    return grid


def group_survivors(report: MutationReport) -> dict[tuple[str, str], list[MutantReport]]:
    """Return the survivors by what is to be said of them: the reason and the declaration; most first."""
    found: dict[tuple[str, str], list[MutantReport]] = {}
    for mutant in report.survivors:
        found.setdefault((mutant.reason, mutant.declaration), []).append(mutant)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def count_mutants(count: int) -> str:
    """Return a number of survivors in words."""
    return f"{count_noun(count, 'mutant')} survived"


def survivor_text(mutant: MutantReport) -> Text:
    """Return a survivor as a coloured diff."""
    from rich.text import Text

    text = Text(f"{relative(place_of(mutant))} ({mutant.kind}, in {mutant.function})")
    for sign, parts, style in zip("-+", mutant.diff, (REMOVED, ADDED), strict=True):
        text.append(f"\n{sign} ", style)
        for part, how in zip(parts, (style, f"bold reverse {style}", style), strict=True):
            text.append(part, how)
    return text


def relative(place: str) -> str:
    """Return a place with its path from the working directory, if it lies below."""
    below = os.path.relpath(place)
    return place if below.startswith("..") or place.startswith("<") else below


def mutation_summary(reports: Sequence[MutationReport], seconds: float) -> str:
    """Return the line that ends a run."""
    layers = count_noun(len(reports), "layer")
    score, interval = score_of(reports), interval_of(reports)
    end = f"; seed {reports[0].seed}, {seconds:.1f} s" if reports else ""
    if score is None or interval is None:
        return f"{layers}: no mutant was judged{end}"
    counts = {fate: sum(len(report.of(fate)) for report in reports) for fate in Fate}
    told = ", ".join(f"{count} {fate.value}" for fate, count in counts.items() if count)
    judged, planned = sum(counts.values()), sum(report.planned for report in reports)
    left = f"{judged} of {planned} judged; " if judged < planned else ""
    between = f"95 % interval {interval[0]:.1%} to {interval[1]:.1%}"
    return f"{layers}: {score:.1%} killed ({told}; {left}{between}){end}"


def mutation_document(reports: Sequence[MutationReport]) -> dict[str, Any]:
    """Return what was found as plain data: the score of everything, and each layer with its mutants."""
    return {
        "gradcheck": version_of("gradcheck"),
        "date": now().isoformat(timespec="seconds"),
        "score": score_of(reports),
        "interval": interval_of(reports),
        "layers": [report.as_dict() for report in reports],
    }


def write_mutation_json(path: Path, reports: Sequence[MutationReport]) -> None:
    """Write the document to a file, or to standard output if its name is ``-``."""
    write_document(path, mutation_document(reports))


def write_junit(path: Path, reports: Sequence[MutationReport], seconds: float) -> None:
    """Write what continuous integration reads: a test for each mutant, and a survivor is a failure."""
    top = ElementTree.Element("testsuites", name="gradcheck mutate", time=f"{seconds:.1f}")
    for report in reports:
        counts = {"tests": len(report.mutants), "failures": len(report.survivors)}
        counts |= {"skipped": len(report.equivalent), "errors": int(bool(report.reason))}
        named = {name: str(count) for name, count in counts.items()}
        suite = ElementTree.SubElement(top, "testsuite", {"name": report.layer, **named})
        for mutant in report.mutants:
            _add_case(suite, report.layer, mutant)
        if report.reason:
            case = ElementTree.SubElement(suite, "testcase", classname=report.layer, name="mutants")
            ElementTree.SubElement(case, "error", message=report.reason)
    ElementTree.indent(top)
    ElementTree.ElementTree(top).write(path, encoding="utf-8", xml_declaration=True)


def _add_case(suite: ElementTree.Element, layer: str, mutant: MutantReport) -> None:
    name = f"{Path(mutant.file).name}:{mutant.line} {mutant.number} {mutant.kind}"
    case = ElementTree.SubElement(suite, "testcase", classname=layer, name=name, file=mutant.file)
    case.set("line", str(mutant.line))
    diff = f"- {mutant.old}\n+ {mutant.new or '(left out)'}"
    if mutant.fate is Fate.SURVIVED:
        why = f"{mutant.reason}; declare {mutant.declaration}" if mutant.declaration else mutant.reason
        ElementTree.SubElement(case, "failure", message=why, type="survived").text = diff
    elif mutant.fate is Fate.EQUIVALENT:
        ElementTree.SubElement(case, "skipped", message=f"equivalent: {mutant.reason}").text = diff
