"""The whole measurement of strangers' layers, with what it was measured with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.calibration.strangers.isolated import isolated
from benchmarks.calibration.strangers.judge import runs
from benchmarks.calibration.strangers.report import markdown, summary
from benchmarks.calibration.versions import OWN, versions
from gradcheck.reporting import progress

RESULTS = Path(__file__).parents[2] / "results"
QUICK = 8
"""A quick run takes one of so many layers."""


def strangers(seed: int, quick: bool) -> tuple[dict[str, Any], str, int]:
    """Check all strangers' layers.

    Parameters
    ----------
    seed
        Of all checks.
    quick
        Whether one layer in `QUICK` is enough.

    Returns
    -------
    tuple
        The results as plain data, the report in Markdown, and how many right layers were called wrong.
    """
    every = QUICK if quick else 1
    with progress(Console(stderr=True), ["strangers"], [len(runs(every))]) as (tick, done):
        found = isolated(every, seed, tick)
        done(f"strangers: {len(found)} checks")
    counts = summary(found)
    results: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "versions": versions(OWN),
        "strangers": counts,
    }
    return results, markdown(results), counts["right"]["verdicts"].get("WRONG", 0)


def run(*, quick: bool, seed: int) -> int:
    """Measure, print, and write the results down; return 1 if a right gradient was called wrong, else 0."""
    results, text, wrong = strangers(seed, quick)
    name = "strangers-quick" if quick else "strangers"
    document = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(document + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if wrong else 0
