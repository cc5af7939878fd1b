"""``python -m benchmarks kernels``: time, print a table, and write the results down."""

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from benchmarks.files import write_results
from benchmarks.kernels import convolutions, steps
from benchmarks.kernels.timing import medians

WAYS = ("forward", "backward")
RESULTS = Path(__file__).parent.parent / "results"


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 1 if the clear layers were faster anywhere, else 0."""
    parsed = _parser().parse_args(arguments)
    torch.set_num_threads(parsed.threads)
    with threadpool_limits(parsed.threads, "blas"):
        results: dict[str, Any] = {
            "about": _about(parsed.threads),
            "convolutions": _convolutions(parsed.rounds),
            "steps": _steps(parsed.rounds),
        }
    said = markdown(results)
    write_results(RESULTS / "kernels", results, said)
    print(said)
    rows = results["convolutions"]
    return int(any(row[way]["clear"] < row[way]["ours"] for row in rows for way in WAYS))


def markdown(results: dict[str, Any]) -> str:
    """Return the table for `docs/network.md`."""
    convolutions_, about = results["convolutions"], results["about"]
    ratios = [row[way]["ours"] / row[way]["torch"] for row in convolutions_ for way in WAYS]
    lines = [
        "| convolutions | forward | PyTorch | ratio | SciPy | clear | gradients | PyTorch | ratio | clear |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_row(row) for row in convolutions_),
        "",
        "| a training step, ms | ours | PyTorch | ratio |",
        "|---|---:|---:|---:|",
        *(f"| {row['step']} | {_compared(row)} |" for row in results["steps"]),
        "",
        f"Medians, float32; BLAS threads in each library: {about['threads']}, cores: {about['cores']} "
        f"({about['processor']}, {about['date']}, numpy {about['numpy']}, scipy {about['scipy']}, torch "
        f"{about['torch']}). Of the convolutions, the median ratio to PyTorch is {median(ratios):.1f}, the "
        f"worst {max(ratios):.1f}, the best {min(ratios):.1f}.",
    ]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    forward, backward = (row[way] for way in WAYS)
    scipy = f"{forward['scipy']:.3g}" if "scipy" in forward else ""
    cells = [row["shape"], _compared(forward), scipy, f"{forward['clear']:.0f}"]
    cells += [_compared(backward), f"{backward['clear']:.0f}"]
    return f"| {' | '.join(cells)} |"


def _compared(times: dict[str, float]) -> str:
    """Return three cells: ours, PyTorch's, and their ratio."""
    return f"{times['ours']:.3g} | {times['torch']:.3g} | {times['ours'] / times['torch']:.1f}"


def _convolutions(rounds: int) -> list[dict[str, Any]]:
    rows = []
    for shape in track(convolutions.SHAPES, "convolutions", console=Console(stderr=True)):
        forward, backward = (medians(calls, rounds) for calls in convolutions.contestants(shape))
        rows.append({"shape": str(shape), "forward": forward, "backward": backward})
    return rows


def _steps(rounds: int) -> list[dict[str, Any]]:
    return [
        {"step": name, **medians(steps.contestants(batch, sizes), 2 * rounds)}
        for name, (batch, sizes) in steps.STEPS.items()
    ]


def _about(threads: int) -> dict[str, Any]:
    names = ("numpy", "scipy", "torch")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "threads": threads,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def processor() -> str:
    """Return the processor's name as Linux knows it, or the machine's architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks kernels",
        description="Time convolutions and a training step, beside PyTorch, SciPy and the clear layers.",
    )
    parser.add_argument(
        "--rounds", type=int, default=9, help="visits to each contestant, default %(default)s"
    )
    parser.add_argument("--threads", type=int, default=2, help="of every library, default %(default)s")
    return parser
