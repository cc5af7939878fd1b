"""What GitHub Actions shows of a run: an annotation at each wrong derivation, and a summary of the job."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from gradcheck.claims import Ruling
from gradcheck.layers import SourceLine
from gradcheck.reporting.report import Report
from gradcheck.reporting.styles import STYLES
from gradcheck.reporting.terminal import name_of, size, summary
from gradcheck.types import Verdict

Found: TypeAlias = Sequence[tuple[Report | Ruling, SourceLine | None]]
"""Reports and rulings, each with the line on which its derivation stands."""


def annotate(
    found: Found,
    seconds: float,
    write: Callable[[str], object],
    *,
    notes: Sequence[str] = (),
    missing: Sequence[tuple[str, SourceLine | None]] = (),
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Annotate the lines of what failed, and append to the job's summary, if GitHub Actions runs this.

    Parameters
    ----------
    found, seconds
        The results, and how long they took.
    write
        Prints a line, where the runner reads it.
    notes
        Further lines for the summary.
    missing
        What is said of derivations that have no check, with their lines.
    environment
        ``GITHUB_ACTIONS`` asks for annotations, ``GITHUB_STEP_SUMMARY`` names the summary's file.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        failed = [(name_of(r), str(r), line) for r, line in found if r.verdict is not Verdict.CORRECT]
        failed += [("no check", sentence, line) for sentence, line in missing]
        for name, text, line in failed:
            write(annotation(name, text, line, environment.get("GITHUB_WORKSPACE", os.curdir)))
    place = environment.get("GITHUB_STEP_SUMMARY")
    if place and found:
        lines = (*(sentence for sentence, _ in missing), *notes)
        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(markdown([result for result, _ in found], seconds, lines))
        except OSError as cause:
            write(f"gradcheck: the job summary {place!r} can't be written: {cause.strerror}")


def annotation(name: str, text: str, line: SourceLine | None, workspace: str) -> str:
    """Return the workflow command that shows what is said of something at its line."""
    place = ""
    if line is not None:
        file, root = Path(line.file).resolve(), Path(workspace).resolve()
        shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        place = f"file={_escape_property(shown)},line={line.number},"
    return f"::error {place}title={_escape_property(f'gradcheck: {name}')}::{_escape(text)}"


def markdown(found: Sequence[Report | Ruling], seconds: float, notes: Sequence[str] = ()) -> str:
    """Return the summary of a run: a table, what is wrong in full, and a closing line."""
    reports = [result for result in found if isinstance(result, Report)]
    rulings = [result for result in found if isinstance(result, Ruling)]
    lines = ["## gradcheck", "", summary(reports, rulings, found[0].seed, seconds), ""]
    if reports:
        lines += ["| layer | verdict | would see |", "|---|---|---:|"]
        lines += [f"| {_cell(r.layer)} | {_verdict_cell(r)} | {size(r.sensitivity)} |" for r in reports]
        lines.append("")
    if rulings:
        lines += ["| claim | statement | decision |", "|---|---|---|"]
        lines += [
            f"| {_cell(r.claim.id)} | {_cell(r.claim.statement)} | {_verdict_cell(r, r.words)} |"
            for r in rulings
        ]
        lines.append("")
    for result in found:
        if result.verdict is not Verdict.CORRECT:
            lines += [f"### {_cell(name_of(result))}", "", *_fence(str(result)), ""]
    return "\n".join([*lines, *(f"- {_cell(note)}" for note in notes), ""])


def _verdict_cell(result: Report | Ruling, words: str = "") -> str:
    return f"{STYLES[result.verdict].mark} {_cell(words or result.verdict.value)}"


def _cell(text: str) -> str:
    """Return a text as Markdown that shows it: names come from the user."""
    for special in "\\`*_{}[]<>|#~$":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())


def _fence(text: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}text", text, fence]


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
