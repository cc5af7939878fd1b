"""What the tests of a run found, as reports of whole layers: in reading order, whichever worker ran what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gradcheck.claims import Ruling
from gradcheck.layers import SourceLine
from gradcheck.pytest_plugin.current import Note
from gradcheck.reporting import Report
from gradcheck.running import merge_reports

Found: TypeAlias = list[tuple[Report | Ruling, SourceLine | None]]


def gather_reports(notes: Iterable[Note]) -> Found:
    """Return one report for each layer and one ruling for each claim, with their lines.

    Parameters
    ----------
    notes
        Of single checks and claims, in any order. Checks of layers that share a name and a place
        are told apart as far as it goes: a check that comes again belongs to another layer.
    """
    groups: list[list[Note]] = []
    last: dict[tuple[str, str], list[Note]] = {}
    for note in sorted(notes, key=lambda note: note.rank):
        if isinstance(note.found, str):
            continue
        if isinstance(note.found, Report):
            key = note.place, note.found.layer
            checks = {n.found.results[0].check for n in last.get(key, ()) if isinstance(n.found, Report)}
            if key in last and note.found.results[0].check not in checks:
                last[key].append(note)
                continue
            last[key] = [note]
            groups.append(last[key])
        else:
            groups.append([note])
    return [(_merge(group), group[0].line) for group in groups]


def missing_checks(notes: Iterable[Note]) -> list[tuple[str, SourceLine | None]]:
    """Return what is said of each derivation without a check, with its line."""
    ordered = sorted(notes, key=lambda note: note.rank)
    return [(note.found, note.line) for note in ordered if isinstance(note.found, str)]


def _merge(group: Sequence[Note]) -> Report | Ruling:
    reports = [note.found for note in group if isinstance(note.found, Report)]
    rulings = [note.found for note in group if isinstance(note.found, Ruling)]
    return merge_reports(reports) if reports else rulings[0]
