"""``python -m benchmarks accuracy``: ask each for every derivative, print a table, and write it down."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.accuracy.contestants import CONTESTANTS, Answer, ask
from benchmarks.accuracy.functions import FUNCTIONS, POINTS
from benchmarks.files import write_results
from gradcheck import numerical_gradient

RESULTS = Path(__file__).parent.parent / "results"
OURS = "gradcheck.numerical_gradient"
TRUE_BARS = 0.995
"""The share of true error bars that is asked of ours."""
MOST_EVALUATIONS = 20.0
"""Evaluations that it may take for a derivative, in the mean."""
TOGETHER = 1000
"""Entries of the elementwise map whose calls are counted."""


@dataclass(frozen=True)
class Row:
    """What one contestant came to over all derivatives.

    Errors and bars are relative to the true derivative. A bar is true if the error is within it. Those who
    tell no derivative count neither as true nor as false, only as untold.
    """

    name: str
    derivatives: int
    told: int
    true_bars: int
    median_error: float
    worst_tenth: float
    median_bar: float
    median_evaluations: float
    mean_evaluations: float
    most_evaluations: int

    @property
    def share(self) -> float:
        """The share of true bars among those that were told."""
        return self.true_bars / self.told


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 1 if ours misses what is asked of it, else 0."""
    _parser().parse_args(arguments)
    asked = [(function, x) for function in FUNCTIONS for x in function.points()]
    shown = track(asked, "true derivatives", console=Console(stderr=True), transient=True)
    true = np.array([function.slope(x) for function, x in shown])
    names = [name for name in CONTESTANTS if find_spec(name.split(".")[0])]
    rows = [judge(name, [ask(name, function, x) for function, x in asked], true) for name in names]
    results: dict[str, Any] = {"about": _about(), "rows": [asdict(row) for row in rows]}
    said = markdown(rows, results["about"])
    write_results(RESULTS / "accuracy", results, said)
    print(said)
    ours = next(row for row in rows if row.name == OURS)
    return int(ours.share < TRUE_BARS or ours.mean_evaluations > MOST_EVALUATIONS)


def judge(name: str, answers: Sequence[Answer], true: np.ndarray[Any, Any]) -> Row:
    """Hold what a contestant told against the true derivatives."""
    told = np.array([answer.value is not None for answer in answers])
    values = np.array([np.nan if answer.value is None else answer.value for answer in answers])[told]
    bars = np.array([answer.bar for answer in answers])[told]
    errors, size = np.abs(values - true[told]), np.abs(true[told])
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = errors / size
    evaluations = np.array([answer.evaluations for answer in answers])
    return Row(
        name=name,
        derivatives=len(answers),
        told=int(told.sum()),
        true_bars=int(np.sum(errors <= bars)),
        median_error=float(np.median(relative)),
        worst_tenth=float(np.quantile(relative, 0.9)),
        median_bar=float(np.median(bars / size)),
        median_evaluations=float(np.median(evaluations)),
        mean_evaluations=float(np.mean(evaluations)),
        most_evaluations=int(evaluations.max()),
    )


def markdown(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """Return the table for readers."""
    lines = [
        "| | told | true error bars | error, median | error, worst tenth | bar, median | evaluations, median "
        "| mean | most |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_line(row) for row in rows),
        "",
        f"{rows[0].derivatives} derivatives: {len(FUNCTIONS)} functions at {POINTS} points each, in float64; "
        "errors and bars relative to the true derivative, mpmath's with 60 digits. What fails by its own "
        "account, or is not finite, is not told. An elementwise map of "
        f"{TOGETHER} entries costs `numerical_gradient` {about['together']} calls for all of them together "
        f"({about['date']}, Python {about['python']}, numpy {about['numpy']}, scipy {about['scipy']}, "
        f"numdifftools {about['numdifftools']}).",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    cells = [f"`{row.name}`", f"{row.told} of {row.derivatives}"]
    cells += [f"{row.true_bars} of {row.told}: {100 * row.share:.1f} %"]
    cells += [f"{value:.0e}" for value in (row.median_error, row.worst_tenth, row.median_bar)]
    cells += [f"{row.median_evaluations:.0f}", f"{row.mean_evaluations:.1f}", f"{row.most_evaluations}"]
    return f"| {' | '.join(cells)} |"


def _count_together() -> int:
    """Return how many calls an elementwise map of many entries costs."""
    calls = 0

    def f(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        nonlocal calls
        calls += 1
        return np.asarray(np.tanh(x))

    numerical_gradient(f, np.random.default_rng(0).standard_normal(TOGETHER), np.ones(TOGETHER))
    return calls


def _about() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "together": _count_together(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "numdifftools": version("numdifftools") if find_spec("numdifftools") else "not installed",
    }


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="python -m benchmarks accuracy",
        description="Derivatives of many functions at many points, and what is told of their errors.",
        epilog="exit status: 1 if fewer than 99.5 % of our error bars are true, or a derivative takes more "
        "than 20 evaluations in the mean",
    )
