"""``python -m benchmarks frameworks``: functions of PyTorch and JAX, beside their own checkers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.files import write_results
from benchmarks.frameworks import beside, first, points, race

RESULTS = Path(__file__).parent.parent / "results"


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, write its results down, and return 1 if a right function was called wrong."""
    parsed = _parser().parse_args(arguments)
    results: dict[str, Any] = {
        "about": {
            "date": datetime.now(UTC).date().isoformat(),
            "torch": version("torch"),
            "jax": version("jax"),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        },
        "beside": [asdict(row) for row in beside.rows()],
        "torch": list(race.torch_rows(parsed.rounds)),
        "jax": [*race.jax_rows(parsed.rounds), *first.rows()],
        "points": points.count(parsed.examples, parsed.seed),
    }
    told = markdown(results)
    write_results(RESULTS / "frameworks", results, told)
    print(told)
    return int(any(": WRONG: " in text for text in results["points"]["accused"]))


def markdown(results: dict[str, Any]) -> str:
    """Return the tables for readers."""
    about = results["about"]
    lines = ["| checker | right accepted | wrong rejected | seconds for all |", "|---|---:|---:|---:|"]
    for row in results["beside"]:
        accepted, rejected = f"{row['accepted']} of {row['right']}", f"{row['rejected']} of {row['wrong']}"
        lines.append(f"| {row['name']} | {accepted} | {rejected} | {row['seconds']:.1f} |")
    columns = ("finite-difference", "all checks", "torch slow")
    lines += ["", f"| entries | torch fast | {' | '.join(columns)} |"]
    lines += ["|---:" * (len(columns) + 2) + "|"]
    for row in results["torch"]:
        cells = (_cell(row["ways"][name]) if name in row["ways"] else "—" for name in columns)
        fast = 1e3 * row["ways"][columns[0]]["other"]
        lines.append(f"| {row['entries']} | {fast:.2f} | {' | '.join(cells)} |")
    lines += ["", "Milliseconds at one point of softmax(sin(x) x); in brackets as a multiple of torch fast,"]
    lines += ["which took turns with each. Its own milliseconds are those beside the first.", ""]
    lines += ["| a function of JAX, made anew | ms, and times check_grads |", "|---|---:|"]
    lines += [f"| {row['what']} | {_cell(row)} |" for row in results["jax"]]
    counted = results["points"]
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in counted["verdicts"].items())
    lines += ["", f"{counted['points']} points of right functions of PyTorch: {verdicts} of the functions."]
    lines += [f"- {text}" for text in counted["accused"]]
    said = f"{about['date']}, torch {about['torch']}, jax {about['jax']}, {about['cores']} cores"
    return "\n".join([*lines, "", f"({said}, load {about['load']:.1f})"]) + "\n"


def _cell(pair: dict[str, float]) -> str:
    """Return milliseconds, and how many times those of the other."""
    return f"{1e3 * pair['seconds']:.2f} ({pair['seconds'] / pair['other']:.1f})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks frameworks", description=__doc__)
    parser.add_argument(
        "--examples", type=int, default=50, help="of each right function, default %(default)s"
    )
    parser.add_argument("--rounds", type=int, default=15, help="of each timing, default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default %(default)s")
    return parser
