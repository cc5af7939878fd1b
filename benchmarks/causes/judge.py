"""What a report says of one mistake, and how that compares with what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.causes.mended import mends
from benchmarks.causes.record import Bug, Source
from gradcheck.checks import CHECKS
from gradcheck.running import run

EXAMPLES = 30
CHECKED = ("finite-difference", "linearity", "exact")
"""Checks whose failures are looked into."""
NONE = "no name"
REPAIR = "repair"


@dataclass(frozen=True)
class Said:
    """The first cause that was named for one mistake, in its two forms, and what it is worth."""

    layer: str
    bug: Bug
    key: str
    words: str
    worth: str


def judged(source: Source, bug: Bug, seed: int = 0) -> Said:
    """Check a layer with one mistake, and judge the first cause that is named: a repair by making it."""
    checks = [check for check in CHECKS if check.name in CHECKED]
    report = run(source.layer(bug), seed=seed, max_examples=EXAMPLES, checks=checks)
    diagnoses = [r.diagnosis for r in report.results if r.diagnosis is not None]
    causes = [cause for diagnosis in diagnoses for cause in diagnosis.causes[:1]]
    if not any(r.verdict.value == "WRONG" for r in report.results):
        return Said(source.name, bug, "not found", "", "missed")
    key = " ".join(map(str, causes[0].key)) if causes else NONE
    words = causes[0].said if causes else ""
    repair = causes[0].repair if causes else None
    if repair is not None:
        return Said(source.name, bug, REPAIR, words, "true" if mends(repair, source, seed) else "false")
    return Said(source.name, bug, key, words, worth(key, words, bug))


def worth(key: str, words: str, bug: Bug) -> str:
    """Return whether a cause is true, vague, absent or false."""
    return "absent" if key == NONE else bug.weigh(key, words)


def repairs(said: Iterable[Said]) -> int:
    """Return how many first causes are repairs."""
    return sum(each.key == REPAIR for each in said)


def counted(said: Iterable[Said]) -> Counter[str]:
    """Return how many first causes are of each worth."""
    return Counter(each.worth for each in said)
