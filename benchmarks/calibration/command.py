"""``python -m benchmarks calibration``: measure, print, and write the results down."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
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


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return its exit status: 1 if a right gradient was called wrong, else 0."""
    parsed = _parser().parse_args(arguments)
    effort = QUICK if parsed.quick else FULL
    cases = effort.cases if parsed.cases is None else parsed.cases
    results = measure(Effort(cases, effort.points, effort.seeds), parsed.seed)
    RESULTS.mkdir(exist_ok=True)
    name = "calibration-quick" if parsed.quick else "calibration"
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks calibration",
        description="Count false alarms on right gradients, broken layers caught, and planted errors found, "
        "beside PyTorch, JAX, autograd and SciPy. Results are written to benchmarks/results.",
        epilog="exit status: 1 if a right gradient was called wrong, else 0",
    )
    parser.add_argument("--cases", type=_count, metavar="N", help=f"right gradients; default: {FULL.cases}")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="a minute's worth, written to files of its own")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        message = f"must be at least 1, got {count}"
        raise argparse.ArgumentTypeError(message)
    return count


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
