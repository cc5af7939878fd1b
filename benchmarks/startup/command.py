"""``python -m benchmarks startup``: start pytest with and without the plugin, and write the ratio down."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.files import write_results

RESULTS = Path(__file__).parent.parent / "results"
WAYS = {"with": (), "without": ("-p", "no:gradcheck")}
"""The plugin is found by its entry point, as in any project that has it installed."""
ALONE = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Hypothesis' own plugin takes longer than all the rest, and would hide what there is to see."""
CLOCKS = ("on the wall", "of the processor")
FAILED = 2


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 2 if the plugin is not installed, else 0."""
    parsed = _parser().parse_args(arguments)
    if not any(entry.name == "gradcheck" for entry in entry_points(group="pytest11")):
        print("the plugin is not installed here: pip install -e .", file=sys.stderr)
        return FAILED
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        taken = _interleaved(Path(folder), parsed.rounds)
    results = {"about": _about(parsed.rounds), **taken}
    said = markdown(results)
    write_results(RESULTS / "startup", results, said)
    print(said)
    return 0


def markdown(results: dict[str, Any]) -> str:
    """Return the table for readers."""
    about = results["about"]
    lines = ["| pytest with one test that does nothing, ms | with the plugin | without | ratio |"]
    lines.append("|---|---:|---:|---:|")
    for clock in CLOCKS:
        with_plugin, without = results[clock]["with"], results[clock]["without"]
        lines.append(f"| {clock} | {with_plugin:.0f} | {without:.0f} | {with_plugin / without:.3f} |")
    lines += [
        "",
        f"Medians of {about['rounds']} runs in turn ({about['date']}, Python {about['python']}, "
        f"pytest {about['pytest']}, {about['cores']} cores, load {about['load'][0]:.1f}).",
    ]
    return "\n".join(lines) + "\n"


def _interleaved(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return by clock and way the median milliseconds of a start; each round begins with the other way."""
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for way in WAYS:
        _start(folder, WAYS[way])  # the first one compiles and fills the disk's cache
    for turn in range(rounds):
        for way in sorted(WAYS, reverse=bool(turn % 2)):
            taken[way].append(_start(folder, WAYS[way]))
    return {
        clock: {way: 1e3 * median(both[i] for both in starts) for way, starts in taken.items()}
        for i, clock in enumerate(CLOCKS)
    }


def _start(folder: Path, options: Sequence[str]) -> tuple[float, float]:
    """Return the seconds that a start took, and those that the processor spent on it."""
    command = [sys.executable, "-m", "pytest", "-q", *ALONE, *options]
    started, spent = time.perf_counter(), _spent()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started, _spent() - spent


def _spent() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _about(rounds: int) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": rounds,
        "python": platform.python_version(),
        "pytest": version("pytest"),
        "cores": os.cpu_count(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else [float("nan")],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks startup",
        description="Start pytest with and without the plugin, in turn, in a project that does not use it.",
    )
    parser.add_argument("--rounds", type=int, default=15, help="starts of each, default %(default)s")
    return parser
