"""The full run: false alarms, broken layers, and planted errors, beside the peers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Console

from benchmarks.calibration import broken, detection, false_alarms
from benchmarks.calibration.versions import versions
from benchmarks.calibration.workers import spread, workers
from gradcheck.reporting import progress
from tests.broken import BROKEN


@dataclass(frozen=True)
class Effort:
    """How much is measured: right cases, points for every tool (of each set), and seeds of broken layers."""

    cases: int
    points: dict[str, int]
    seeds: int


FULL = Effort(20_000, {"ordinary": 160, "badly scaled": 160}, 10)
QUICK = Effort(620, {"ordinary": 20, "badly scaled": 10}, 1)


def measure(effort: Effort, seed: int) -> dict[str, Any]:
    """Return all raw counts, as they go into the JSON file."""
    parts: dict[str, tuple[Callable[[int], Any], int]] = {
        "broken layers": (partial(broken.caught, range(effort.seeds)), len(BROKEN)),
        "right gradients": (partial(false_alarms.judged, seed), effort.cases),
    }
    for name, count in effort.points.items():
        parts[f"{name} points"] = (partial(detection.compared, name, seed), count)
    found: dict[str, list[Any]] = {}
    counts = [count for _, count in parts.values()]
    with workers() as pool, progress(Console(stderr=True), list(parts), counts) as (tick, done):
        for name, (work, count) in parts.items():
            started = time.perf_counter()
            found[name] = spread(pool, work, range(count), tick)
            done(f"{name}: {count} in {time.perf_counter() - started:.0f} s")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "versions": versions(),
        "false_alarms": false_alarms.summary(found["right gradients"]),
        "broken": broken.summary(run for runs in found["broken layers"] for run in runs),
        "detection": {name: detection.summary(found[f"{name} points"]) for name in effort.points},
    }
