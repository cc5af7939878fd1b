"""``python -m benchmarks localisation``: find wrong entries of a gradient, and write down the cost."""

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.files import write_results
from benchmarks.localisation.search import BOUND, CALLS, Search, search

RESULTS = Path(__file__).parent.parent / "results"
WRONG = (1, 3, 30)
DAY = 86_400.0


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 1 if a search missed its aim, else 0."""
    parsed = _parser().parse_args(arguments)
    work = [(wrong, seed) for wrong in WRONG for seed in range(parsed.seeds)]
    shown = track(work, "searches", console=Console(stderr=True))
    searches = [search(parsed.size, wrong, seed) for wrong, seed in shown]
    results: dict[str, Any] = {"about": _about(parsed.size), "searches": [s.as_dict() for s in searches]}
    said = markdown(searches, results["about"])
    write_results(RESULTS / "localisation", results, said)
    print(said)
    return int(not all(s.exact and s.calls <= s.bound for s in searches))


def markdown(searches: Sequence[Search], about: dict[str, Any]) -> str:
    """Return the table for readers."""
    lines = [
        f"| wrong entries | found exactly | forward calls | at most {BOUND} k log₂(n) | entry by entry "
        "| ratio | seconds | entry by entry, about | ratio |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|",
        *(_row([s for s in searches if s.wrong == wrong]) for wrong in sorted({s.wrong for s in searches})),
        "",
        f"A linear layer of {about['size']} × {about['size']} weights; relative errors from 1e-1 to 1e-5, "
        f"mixed; the worst of {max(s.seed for s in searches) + 1} searches in each row. Entry by entry, each "
        f"takes {CALLS} forward calls, of which a few were timed ({about['date']}, Python {about['python']}, "
        f"numpy {about['numpy']}, {about['cores']} cores, load {about['load'][0]:.1f}).",
    ]
    return "\n".join(lines) + "\n"


def _row(searches: Sequence[Search]) -> str:
    worst = max(searches, key=lambda s: s.calls)
    found = f"{sum(s.exact for s in searches)} of {len(searches)}"
    calls, seconds = CALLS * worst.entries, worst.each * worst.entries
    cells = [f"{worst.wrong}", found, f"{worst.calls:,}", f"{worst.bound:,.0f}", f"{calls:,}"]
    cells += [f"{worst.fewer:,.0f}", f"{worst.seconds:.1f}", _spelt(seconds), f"{worst.faster:,.0f}"]
    return f"| {' | '.join(cells)} |"


def _spelt(seconds: float) -> str:
    return f"{seconds / DAY:.1f} days" if seconds > DAY else f"{seconds:,.0f} s"


def _about(size: int) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "size": size,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "cores": os.cpu_count(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else [float("nan")],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks localisation",
        description="Find 1, 3 and 30 wrong entries of a large gradient by group testing.",
    )
    parser.add_argument("--size", type=int, default=1000, help="of the square weights, default %(default)s")
    parser.add_argument("--seeds", type=int, default=3, help="searches of each kind, default %(default)s")
    return parser
