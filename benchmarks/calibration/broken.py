"""Wrong gradients that people write: how many are caught by the check that is meant for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gradcheck import Verdict
from gradcheck.checks import CHECKS
from gradcheck.running import run
from tests.broken import BROKEN

EXAMPLES = 100


@dataclass(frozen=True)
class Caught:
    """Whether one wrong layer was caught at one seed."""

    layer: str
    family: str
    check: str
    seed: int
    verdict: str


def caught(seeds: Iterable[int], index: int) -> list[Caught]:
    """Look for one wrong layer's mistake with its own check, over random examples, at every seed."""
    entry = BROKEN[index]
    checks = [check for check in CHECKS if check.name == entry.caught_by]
    found = []
    for seed in seeds:
        report = run(entry.layer, seed=seed, max_examples=EXAMPLES, checks=checks, explain=False)
        found.append(Caught(entry.layer.name, entry.family, entry.caught_by, seed, report.verdict.value))
    return found


def summary(found: Iterable[Caught]) -> dict[str, Any]:
    """Return how many were caught of how many, and which were not."""
    everything = list(found)
    missed = [c for c in everything if not Verdict(c.verdict).is_failure]
    return {
        "layers": len({c.layer for c in everything}),
        "runs": len(everything),
        "caught": len(everything) - len(missed),
        "missed": [
            {"layer": c.layer, "check": c.check, "seed": c.seed, "verdict": c.verdict} for c in missed
        ],
    }
