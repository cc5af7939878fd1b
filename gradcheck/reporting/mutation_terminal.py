"""What `gradcheck mutate` prints and writes: scores, the survivors as coloured diffs, JSON and JUnit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from gradcheck._util import version_of
from gradcheck.reporting.json_document import STDOUT, now
from gradcheck.reporting.mutation import (
    Fate,
    MutantReport,
    MutationReport,
    describe_score,
    interval_of,
    place_of,
    score_of,
)

if TYPE_CHECKING:
    from rich.console import Console
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
    for report in reports:
        console.print()
        console.print(describe_score(report), markup=False, highlight=False, style="bold")
        for note in report.notes:
            console.print(f"note: {note}", markup=False, highlight=False, style="dim")
        for mutant in report.survivors:
            console.print()
            console.print(survivor_text(mutant), highlight=False)
    console.print()
    console.print(mutation_summary(reports, seconds), markup=False, highlight=False)


def survivor_text(mutant: MutantReport) -> Text:
    """Return a survivor as a coloured diff, with its reason and the declaration that kills it."""
    from rich.text import Text

    text = Text(f"{relative(place_of(mutant))} ({mutant.kind}, in {mutant.function})")
    for sign, parts, style in zip("-+", mutant.diff, (REMOVED, ADDED), strict=True):
        text.append(f"\n{sign} ", style)
        for part, how in zip(parts, (style, f"bold reverse {style}", style), strict=True):
            text.append(part, how)
    if mutant.reason:
        text.append(f"\n  {mutant.reason}")
    if mutant.declaration:
        text.append("\n  declare ").append(mutant.declaration, "bold")
    return text


def relative(place: str) -> str:
    """Return a place with its path from the working directory, if it lies below."""
    below = os.path.relpath(place)
    return place if below.startswith("..") or place.startswith("<") else below


def mutation_summary(reports: Sequence[MutationReport], seconds: float) -> str:
    """Return the line that ends a run."""
    layers = f"{len(reports)} layer{'s' * (len(reports) != 1)}"
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
    document = mutation_document(reports)
    text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    if path == STDOUT:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


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
