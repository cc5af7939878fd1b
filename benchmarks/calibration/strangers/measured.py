"""The whole measurement of strangers' layers, with what it was measured with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from benchmarks.calibration.strangers.isolated import isolated
from benchmarks.calibration.strangers.judge import runs
from benchmarks.calibration.strangers.report import markdown, summary
from benchmarks.calibration.versions import OWN, versions
from gradcheck.reporting import progress

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
