"""The calibration beside the peers: measure, print, and write the results down."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.calibration import broken, chart, detection, false_alarms, report
from benchmarks.calibration.versions import versions
from benchmarks.calibration.workers import spread, workers
from gradcheck.reporting import progress
from tests.broken import BROKEN

RESULTS = Path(__file__).parent.parent / "results"


@dataclass(frozen=True)
class Effort:
    """How much is measured: right cases, points for every tool (of each set), and seeds of broken layers."""

    cases: int
    points: dict[str, int]
    seeds: int


FULL = Effort(20_000, {"ordinary": 160, "badly scaled": 160}, 10)
QUICK = Effort(620, {"ordinary": 20, "badly scaled": 10}, 1)


def run(*, quick: bool, cases: int | None, seed: int) -> int:
    """Run the study and return its exit status: 1 if a right gradient was called wrong, else 0."""
    effort = QUICK if quick else FULL
    cases = effort.cases if cases is None else cases
    results = measure(Effort(cases, effort.points, effort.seeds), seed)
    RESULTS.mkdir(exist_ok=True)
    name = "calibration-quick" if quick else "calibration"
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    said = report.markdown(results)
    (RESULTS / f"{name}.md").write_text(said, encoding="utf-8")
    chart.draw(results, RESULTS / f"{name}.svg")
    print(said)
    wrong = results["false_alarms"]["wrong"]
    for again in wrong:
        print(f"{again['report']}\n  to repeat    {json.dumps(_inputs(again), ensure_ascii=False)}\n")
    return 1 if wrong else 0


def _inputs(again: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in again.items() if key != "report"}


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
