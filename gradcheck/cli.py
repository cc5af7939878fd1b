"""The command line: ``gradcheck verify TARGET…``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gradcheck.checks import CHECKS
from gradcheck.explain.message import describe
from gradcheck.findings import Report
from gradcheck.layer import Layer
from gradcheck.render import as_json, legend, line, summary, table
from gradcheck.targets import BadTarget, layers_of
from gradcheck.types import Verdict
from gradcheck.verify import run

OK, WRONG, FAILED, UNVERIFIED, INTERRUPTED = 0, 1, 2, 3, 130
MAX_EXAMPLES = 50
PIPE_WIDTH = 120
"""A pipe has no width of its own; this one holds the whole table."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0 all correct, 1 something wrong, 2 the command could not do what it was asked,
    3 something unverified.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ is no reason to stop
    parsed = _parser().parse_args(arguments)
    try:
        return _list(parsed) if parsed.list else _verify(parsed)
    except BadTarget as problem:
        print(f"gradcheck: {problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("gradcheck: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gradcheck",
        description="Verify hand-derived gradients. There is no tolerance to choose.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = commands.add_parser(
        "verify",
        help="check every layer of a module, package or file",
        description="Check every gradcheck.Layer of the targets over random shapes and values.",
        epilog="exit status: 0 all correct, 1 something wrong, 2 the command could not do what it was "
        "asked, 3 something unverified",
    )
    verify.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="an importable module or package, a .py file, or one layer of either: module:layer",
    )
    verify.add_argument(
        "--max-examples",
        type=_whole(1),
        default=MAX_EXAMPLES,
        metavar="N",
        help="random examples for each layer (default: %(default)s)",
    )
    verify.add_argument(
        "--seed",
        type=_whole(0),
        default=0,
        metavar="N",
        help="everything random follows from it (default: %(default)s)",
    )
    verify.add_argument("--json", type=Path, metavar="FILE", help="also write the reports to FILE as JSON")
    verify.add_argument("--list", action="store_true", help="list the layers and stop")
    return parser


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            message = f"a whole number of at least {least} is expected, got {text!r}"
            raise argparse.ArgumentTypeError(message)
        return value

    return parse


def _layers(targets: Sequence[str]) -> list[tuple[str, Layer]]:
    return [(target, layer) for target in targets for layer in layers_of(target)]


def _list(parsed: argparse.Namespace) -> int:
    for _, layer in _layers(parsed.targets):
        shapes = ", ".join(f"{name} ({', '.join(s.split())})" for name, s in (layer.shapes or {}).items())
        checks = ", ".join(c.name for c in CHECKS if c.inapplicable(layer) is None)
        print(f"{layer.name}: {shapes or 'drawn by cases='}; {checks}")
    return OK


def _verify(parsed: argparse.Namespace) -> int:
    layers = _layers(parsed.targets)
    if parsed.json is not None:
        _writable(parsed.json)
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=PIPE_WIDTH)
    started = time.perf_counter()
    reports: list[Report] = []
    interrupted = False
    try:
        with _progress(console, layers, parsed.max_examples) as (tick, done):
            for _, layer in layers:
                report = run(layer, seed=parsed.seed, max_examples=parsed.max_examples, tick=tick)
                reports.append(report)
                done(report)
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - started
    if interrupted and not reports:
        raise KeyboardInterrupt
    if parsed.json is not None:
        document = {"verdict": _overall(reports).value, "layers": [as_json(r) for r in reports]}
        parsed.json.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    _print(console, layers[: len(reports)], reports, seconds, parsed.max_examples)
    if interrupted:
        print(f"gradcheck: interrupted after {len(reports)} of {len(layers)} layers", file=sys.stderr)
        return INTERRUPTED
    return {Verdict.CORRECT: OK, Verdict.WRONG: WRONG, Verdict.UNVERIFIED: UNVERIFIED}[_overall(reports)]


def _writable(path: Path) -> None:
    """Fail before the work, not after it."""
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as cause:
        message = f"{str(path)!r} can't be written: {cause.strerror}"
        raise BadTarget(message) from cause


def _overall(reports: Sequence[Report]) -> Verdict:
    verdicts = {report.verdict for report in reports}
    worst = (Verdict.WRONG, Verdict.UNVERIFIED, Verdict.CORRECT)
    return next(verdict for verdict in worst if verdict in verdicts)


def _print(
    console: Console,
    layers: Sequence[tuple[str, Layer]],
    reports: Sequence[Report],
    seconds: float,
    max_examples: int,
) -> None:
    console.print()
    console.print(table(reports, console.width))
    console.print(legend(console.width), style="dim", highlight=False)
    for (target, layer), report in zip(layers, reports, strict=True):
        if report.verdict is not Verdict.CORRECT:
            place = target.partition(":")[0]
            repeat = f"gradcheck verify {place}:{layer.name} "
            repeat += f"--seed {report.seed} --max-examples {max_examples}"
            console.print()
            console.print(describe(report, repeat), markup=False, highlight=False, soft_wrap=True)
    console.print()
    console.print(summary(reports, seconds), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress(
    console: Console, layers: Sequence[tuple[str, Layer]], max_examples: int
) -> Iterator[tuple[Callable[[], None], Callable[[Report], None]]]:
    """Show a live bar on a terminal, and a plain line for each finished layer elsewhere."""
    if not console.is_terminal:
        yield lambda: None, lambda report: print(line(report), flush=True)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        work = [sum(c.inapplicable(layer) is None for c in CHECKS) * max_examples for _, layer in layers]
        task = progress.add_task(layers[0][1].name, total=sum(work))
        finished = 0

        def done(report: Report) -> None:  # noqa: ARG001 -- the plain form needs it
            nonlocal finished
            finished += 1
            following = layers[min(finished, len(layers) - 1)][1].name
            progress.update(task, completed=sum(work[:finished]), description=following)

        yield lambda: progress.advance(task), done
