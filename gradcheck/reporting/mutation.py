"""`MutationReport`: which planted mistakes a layer's own declaration finds, and which it lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import ClassVar

from gradcheck._util import Record

NORMAL_95 = 1.959963984540054
"""Standard errors on each side of an interval that holds the truth in 95 of 100 samples. For 99 it is 2.6."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class MutantReport(Record):
    """One planted mistake, and what became of it.

    Parameters
    ----------
    number
        Its position among all mutants of the layer, in the order of the text.
    kind
        The kind of mistake, as ``"sign"``.
    function
        The function that has it.
    file, line
        Where; the line is 0 where the function stands in no file.
    old, new
        What stands there, and the mistake.
    fate
        Killed, survived or equivalent.
    how
        How it was killed: ``"wrong"``, ``"flawed"``, ``"unverified"``, ``"raised"``, ``"endless"``,
        ``"memory"`` or ``"died"``; empty otherwise.
    check
        The check that killed it, if one did.
    reason
        In words, what killed it, or why it was let through.
    declaration
        What would kill it, as it is written in the layer: tried, and empty where nothing was found.
    """

    number: int
    kind: str
    function: str
    file: str
    line: int
    old: str
    new: str
    fate: Fate
    how: str = ""
    check: str = ""
    reason: str = ""
    declaration: str = ""

    @property
    def diff(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """The line as it stands and as it is mutated, each in three parts: alike, different, alike again."""
        old, new = self.old, self.new or "(left out)"
        first = _alike(old, new)
        last = _alike(old[first:][::-1], new[first:][::-1])
        cut = [(first, len(line) - last) for line in (old, new)]
        parts = [(t[:a], t[a:b], t[b:]) for t, (a, b) in zip((old, new), cut, strict=True)]
        return parts[0], parts[1]


@dataclass(frozen=True)
class MutationReport(Record):
    """What the checks of a layer, with all that it declares, find of the mistakes planted into its backward.

    Parameters
    ----------
    layer
        The layer's name.
    mutants
        Those that were judged, in the order of the text.
    planned
        How many there are. Where a run was stopped, those that were judged are a random sample.
    seed, max_examples
        With them, the same report comes out again.
    notes
        What else there is to say, in sentences.
    reason
        Why nothing was judged, or nothing more; else empty.
    """

    layer: str
    mutants: tuple[MutantReport, ...]
    planned: int
    seed: int
    max_examples: int
    notes: tuple[str, ...] = ()
    reason: str = ""

    KEYS: ClassVar[str] = "layer score interval counts planned seed max_examples notes reason mutants"

    def of(self, fate: Fate) -> tuple[MutantReport, ...]:
        """Return the mutants with a fate."""
        return tuple(mutant for mutant in self.mutants if mutant.fate is fate)

    @property
    def killed(self) -> tuple[MutantReport, ...]:
        """The mutants that some check found."""
        return self.of(Fate.KILLED)

    @property
    def survivors(self) -> tuple[MutantReport, ...]:
        """The mutants that every check let through, and that are not equivalent."""
        return self.of(Fate.SURVIVED)

    @property
    def equivalent(self) -> tuple[MutantReport, ...]:
        """The mutants that compute the same as the original; they are not counted."""
        return self.of(Fate.EQUIVALENT)

    @property
    def counts(self) -> dict[str, int]:
        """How many mutants have each fate."""
        found = Counter(mutant.fate for mutant in self.mutants)
        return {fate.value: found[fate] for fate in Fate}

    @property
    def score(self) -> float | None:
        """The part of the mutants that was killed, of all that are not equivalent; None if there are none."""
        return score_of([self])

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's interval of the score, which holds the true one in 95 of 100 samples."""
        return interval_of([self])

    def __str__(self) -> str:
        """Return the score in a line, and each survivor in some more."""
        lines = [describe_score(self)]
        for mutant in self.survivors:
            lines += ["", *survivor_lines(mutant)]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def __repr__(self) -> str:
        """Return one line."""
        return f"<MutationReport {describe_score(self)}>"


def score_of(reports: Sequence[MutationReport]) -> float | None:
    """Return the part of all mutants of some layers that was killed; None if none was judged."""
    killed, counted = _counted(reports)
    return killed / counted if counted else None


def interval_of(reports: Sequence[MutationReport]) -> tuple[float, float] | None:
    """Return Wilson's interval of the score of some layers."""
    killed, counted = _counted(reports)
    return wilson(killed, counted) if counted else None


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the interval of a proportion that holds it in 95 of 100 samples, after E. B. Wilson (1927).

    Unlike that of the normal distribution it is of use near 1, where scores are.
    """
    z, part = NORMAL_95, successes / trials
    centre = part + z * z / (2 * trials)
    spread = z * sqrt(part * (1 - part) / trials + z * z / (4 * trials * trials))
    whole = 1 + z * z / trials
    return max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole)


def describe_score(report: MutationReport) -> str:
    """Return a layer's score in a line."""
    score, interval, counts = report.score, report.interval, report.counts
    if score is None or interval is None:
        missing = f": {report.reason}" if report.reason else ""
        same = f" ({counts['equivalent']} equivalent)" if counts["equivalent"] else ""
        return f"{report.layer}: no score{missing}{same}"
    judged = sum(counts.values())
    parts = [f"{counts[fate]} {fate}" for fate in ("killed", "survived", "equivalent") if counts[fate]]
    left = f"; {judged} of {report.planned} judged" if judged < report.planned else ""
    between = f"95 % interval {interval[0]:.1%} to {interval[1]:.1%}"
    return f"{report.layer}: {score:.1%} killed ({', '.join(parts)}; {between}{left})"


def survivor_lines(mutant: MutantReport) -> list[str]:
    """Return a mutant as lines: where, the diff, why it lives, and what would kill it."""
    lines = [f"{place_of(mutant)} ({mutant.kind}, in {mutant.function})"]
    lines += [f"- {mutant.old}", f"+ {mutant.new or '(left out)'}"]
    lines += [f"  {mutant.reason}"] if mutant.reason else []
    return [*lines, f"  declare {mutant.declaration}"] if mutant.declaration else lines


def place_of(mutant: MutantReport) -> str:
    """Return file and line."""
    return f"{mutant.file}:{mutant.line}" if mutant.line else mutant.file


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _counted(reports: Sequence[MutationReport]) -> tuple[int, int]:
    killed = sum(len(report.killed) for report in reports)
    return killed, killed + sum(len(report.survivors) for report in reports)
