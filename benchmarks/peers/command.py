"""``python -m benchmarks peers``: measure every tool, print the tables, and write the results down."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.calibration.workers import ONE_THREAD
from benchmarks.kernels.command import processor
from benchmarks.peers import chart, report
from benchmarks.peers.contestant import Contestant
from benchmarks.peers.problems import FULL, QUICK, Problem
from benchmarks.peers.race import Effort, raced
from benchmarks.peers.tools import FLOOR, TOOLS

RESULTS = Path(__file__).parent.parent / "results"
PACKAGES = ("gradcheck", "numpy", "torch", "jax", "autograd", "scipy", "numdifftools")
FULL_EFFORT = Effort(rounds=7, patience=5.0, slow=0.5, plants=24, planting=1.5)
QUICK_EFFORT = Effort(rounds=3, patience=3.0, slow=0.3, plants=8, planting=0.5)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return its exit status: 1 if a tool as sensitive was faster anywhere, else 0."""
    parsed = _parser().parse_args(arguments)
    problems, effort = (QUICK, QUICK_EFFORT) if parsed.quick else (FULL, FULL_EFFORT)
    results: dict[str, Any] = {"about": _about(effort), "rows": _rows(problems, effort)}
    RESULTS.mkdir(exist_ok=True)
    name = "peers-quick" if parsed.quick else "peers"
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    said = report.markdown(results)
    (RESULTS / f"{name}.md").write_text(said, encoding="utf-8")
    chart.draw(results, RESULTS / f"{name}.svg")
    print(said)
    return int(any(share >= report.DETECTS for *_, share in report.beaten(results["rows"])))


def _rows(problems: Sequence[Problem], effort: Effort) -> list[dict[str, Any]]:
    os.environ.update(ONE_THREAD)  # read by the libraries when the new processes import them
    contestants = {name: Contestant(name) for name in (*TOOLS, FLOOR)}
    stopped: dict[str, dict[str, str]] = {}
    rows = []
    try:
        for problem in track(problems, "peers", console=Console(stderr=True)):
            out = stopped.setdefault(problem.family, {})
            row = raced(contestants, problem, effort, out)
            out.update({name: took["stopped"] for name, took in row["tools"].items() if "stopped" in took})
            rows.append(row)
    finally:
        for contestant in contestants.values():
            contestant.end()
    return rows


def _about(effort: Effort) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg()[0],
        "rounds": effort.rounds,
        "patience": effort.patience,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks peers",
        description="Time gradcheck and other checkers on the same functions, and count the errors of 1e-3 "
        "in one entry that each finds. Results are written to benchmarks/results.",
        epilog="exit status: 1 if a tool that finds as many was faster anywhere, else 0",
    )
    parser.add_argument("--quick", action="store_true", help="a minute's worth, written to files of its own")
    return parser
