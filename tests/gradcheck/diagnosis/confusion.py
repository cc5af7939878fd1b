"""The table of true and asserted causes of every planted bug.

``python -m tests.gradcheck.diagnosis.confusion`` computes it anew and writes it down.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.broken import BROKEN, Broken
from tests.gradcheck.diagnosis.causes import BY_VALUE, TRUE
from tests.gradcheck.diagnosis.wrong import diagnosed

TABLE = Path(__file__).parent / "confusion.txt"
NONE = "no name"
UNSEEN = "nothing to look into"
DIAGNOSED = tuple(entry for entry in BROKEN if entry.caught_by in BY_VALUE)


def told(entry: Broken) -> str:
    """Return the first-ranked known mistake of a planted bug, or that there is none."""
    found = diagnosed(entry.layer)
    if found is None or not found[1].examples:
        return UNSEEN
    causes = [cause for cause in found[1].causes if cause.repair is None]
    return " ".join(map(str, causes[0].key)) if causes else NONE


def agrees(name: str, said: str) -> bool:
    """Return whether a cause is one of the true ones."""
    return said.startswith(TRUE.get(name, ()))


def pinned() -> dict[str, str]:
    """Return what is written down: the first-ranked cause by name."""
    lines = TABLE.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    return {name: said.strip() for name, _, said in (line.partition("  ") for line in lines)}


def written(causes: dict[str, str]) -> str:
    """Return every first-ranked cause, then how often each kind of true cause was told as what."""
    rows = [f"{name:<52}  {said}" for name, said in causes.items()]
    return "\n".join([*rows, "", *_table(causes)]) + "\n"


def _table(causes: dict[str, str]) -> list[str]:
    counts = Counter((_true(name, said), _kind(said)) for name, said in causes.items())
    counts.update((f"the check: {entry.caught_by}",) * 2 for entry in BROKEN if entry not in DIAGNOSED)
    head = f"{'true cause':<24}  {'first-ranked cause':<24}  bugs"
    return [head, *(f"{true:<24}  {said:<24}  {n:>4}" for (true, said), n in sorted(counts.items()))]


def _true(name: str, said: str) -> str:
    true = TRUE.get(name, (NONE,))
    return _kind(said if agrees(name, said) else true[0])


def _kind(said: str) -> str:
    """Return the kind of a cause, which is the beginning of its key."""
    if said in (NONE, UNSEEN):
        return said
    two = ("divided by size", "times size", "at output", "terms missing", "terms added", "not transposed")
    return next((kind for kind in two if said.startswith(kind)), said.split()[0])


if __name__ == "__main__":
    TABLE.write_text(written({entry.layer.name: told(entry) for entry in DIAGNOSED}), encoding="utf-8")
