"""``python -m benchmarks calibration``: measure, print, and write the results down."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent.parent / "results"


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return its exit status: 1 if a right gradient was called wrong, else 0."""
    parsed = _parser().parse_args(arguments)
    RESULTS.mkdir(exist_ok=True)
    status = 0 if parsed.strangers else _full(parsed)
    return max(status, _strangers(parsed))


def _full(parsed: argparse.Namespace) -> int:
    from benchmarks.calibration import chart, report  # what compares with the peers needs them installed
    from benchmarks.calibration.measure import FULL, QUICK, Effort, measure

    effort = QUICK if parsed.quick else FULL
    cases = effort.cases if parsed.cases is None else parsed.cases
    results = measure(Effort(cases, effort.points, effort.seeds), parsed.seed)
    name = "calibration-quick" if parsed.quick else "calibration"
    said = report.markdown(results)
    _write(name, results, said)
    chart.draw(results, RESULTS / f"{name}.svg")
    print(said)
    wrong = results["false_alarms"]["wrong"]
    for again in wrong:
        print(f"{again['report']}\n  to repeat    {json.dumps(_inputs(again), ensure_ascii=False)}\n")
    return 1 if wrong else 0


def _strangers(parsed: argparse.Namespace) -> int:
    from benchmarks.calibration.strangers import measured

    results, said, wrong = measured.strangers(parsed.seed, parsed.quick)
    _write("strangers-quick" if parsed.quick else "strangers", results, said)
    print(said)
    return 1 if wrong else 0


def _write(name: str, results: dict[str, Any], said: str) -> None:
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(said, encoding="utf-8")


def _inputs(again: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in again.items() if key != "report"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks calibration",
        description="Count false alarms on right gradients, broken layers caught, and planted errors found, "
        "beside PyTorch, JAX, autograd and SciPy; then the verdicts on layers as strangers write them. "
        "Results are written to benchmarks/results.",
        epilog="exit status: 1 if a right gradient was called wrong, else 0",
    )
    parser.add_argument("--cases", type=_count, metavar="N", help="right gradients; default: 20000")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="a minute's worth, written to files of its own")
    parser.add_argument(
        "--strangers", action="store_true", help="only layers as strangers write them; needs no other checker"
    )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        message = f"must be at least 1, got {count}"
        raise argparse.ArgumentTypeError(message)
    return count
