"""The command line: ``gradcheck verify TARGET…`` and ``gradcheck mutate TARGET…``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NoReturn, TextIO

from rich.console import Console

from gradcheck._util import count_noun, page_address, version_of, whole_number
from gradcheck.checks import CHECKS, Check
from gradcheck.claims import Claim, Ruling
from gradcheck.errors import MalformedLayer
from gradcheck.html import MissingExtra, require, write, write_mutants
from gradcheck.layers import Layer, source_line_of
from gradcheck.mutants import Judge, Stopped, judge_all
from gradcheck.reporting import (
    PIPE_WIDTH,
    STDOUT,
    MutationReport,
    Report,
    annotate,
    describe_score,
    exemption_notes,
    line,
    overall,
    print_mutants,
    print_run,
    progress,
    score_of,
    unwritable,
    write_json,
    write_junit,
    write_mutation_json,
)
from gradcheck.running import (
    BadTarget,
    Interrupted,
    Subject,
    TimeLimit,
    Verification,
    applying_checks,
    choose_checks,
    subjects_of,
    title,
)
from gradcheck.sampling import default_database
from gradcheck.types import Verdict

OK, WRONG, FAILED, UNVERIFIED, INTERRUPTED = 0, 1, 2, 3, 130
MAX_EXAMPLES = 30
COMMANDS = ("verify", "mutate")
"""What may stand first on the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0 all correct, 1 something wrong or flawed, 2 the command could not do what it was asked,
    3 something unverified.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ is no reason to stop
    words = sys.argv[1:] if arguments is None else [*arguments]
    parser = _parser()
    if words and words[0] not in COMMANDS and _is_target(words[0]):
        parser.error(f"a command comes first; did you mean: gradcheck verify {shlex.join(words)}")
    parsed, unknown = parser.parse_known_args(words)
    if unknown:
        parsed.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        status: int = parsed.command(parsed)
        return status
    except (BadTarget, MissingExtra, MalformedLayer) as problem:
        print(f"gradcheck: {problem}\nsee: {parsed.parser.prog} --help", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("gradcheck: interrupted", file=sys.stderr)
        return INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """A parser whose errors say how the command is asked to explain itself."""

    def error(self, message: str) -> NoReturn:
        super().error(f"{message}\nsee: {self.prog} --help")


def _is_target(word: str) -> bool:
    """Return whether a word in place of a command is what a command is about: a file, a folder, a module."""
    place = word.partition(":")[0]
    if word.startswith("-") or not place:
        return False
    package = place.partition(".")[0]
    is_module = PathFinder.find_spec(package, [os.curdir, *sys.path]) is not None
    return place.endswith(".py") or Path(place).exists() or is_module


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gradcheck",
        description="Verify hand-derived gradients. There is no tolerance to choose.",
        epilog=f"begin here: {page_address('tutorial')}",
    )
    version = f"gradcheck {version_of('gradcheck')}"
    parser.add_argument("--version", action="version", version=version, help="print the version, and stop")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = commands.add_parser(
        "verify",
        help="check every layer and claim of a module, package, file or folder",
        description="Check every gradcheck.Layer of the targets over random shapes and values, "
        "and decide every gradcheck.Claim.",
        epilog="exit status: 0 all correct, 1 something wrong or flawed, 2 the command could not do what it "
        f"was asked, 3 something unverified; more: {page_address('cli')}",
    )
    verify.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="a module or package, a .py file, a folder of them, or one layer or claim of it: module:name",
    )
    _add_limits(verify)
    _add_choices(verify)
    _add_outputs(verify)
    verify.add_argument("--list", action="store_true", help="list the layers and claims, and stop")
    verify.set_defaults(
        command=lambda parsed: _list(parsed) if parsed.list else _verify(parsed), parser=verify
    )
    _add_mutate(commands)
    return parser


def _add_mutate(commands: Any) -> None:
    mutate = commands.add_parser(
        "mutate",
        help="plant mistakes into the backward of every layer, and tell those that its checks let through",
        description="Plant typical mistakes into the backward of every gradcheck.Layer of the targets, one "
        "at a time, and check each with what the layer declares. What survives is a mistake that nobody "
        "would be told of; with it stands why, and what to declare. No file is changed.",
        epilog="exit status: 0 done, 1 the score is below --fail-under, 2 the command could not do what it "
        "was asked, 3 no mutant could be judged where --fail-under asks for a score; more: "
        f"{page_address('mutants')}",
    )
    mutate.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="a module or package, a .py file, a folder of them, or one layer of it: module:name",
    )
    _add_limits(mutate, "mutants that are judged at a time, -1 for one on each core")
    _add_time_limit(mutate, "not judged")
    mutate.add_argument(
        "--fail-under",
        type=_percent,
        metavar="PERCENT",
        help="exit with 1 if fewer of all mutants are killed, those left out that change nothing",
    )
    _add_outputs(mutate)
    mutate.add_argument(
        "--junit", type=Path, metavar="FILE", help="also write FILE as JUnit's XML: a survivor is a failure"
    )
    mutate.set_defaults(command=_mutate, parser=mutate)


def _add_limits(
    command: argparse.ArgumentParser, workers: str = "processes that share the work, -1 for one on each core"
) -> None:
    """Declare the options that say how much is done."""
    for option, kind, default, name, text in (
        ("--max-examples", _whole(1), MAX_EXAMPLES, "N", "random examples for each layer"),
        ("--seed", _whole(0), 0, "N", "everything random follows from it"),
        ("--workers", _workers, 1, "N", workers),
    ):
        shown = f"{text} (default: %(default)s)"
        command.add_argument(option, type=kind, default=default, metavar=name, help=shown)


def _add_time_limit(command: argparse.ArgumentParser, rest: str) -> None:
    command.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="SECONDS",
        help=f"end after so long: what is finished stands, the rest is {rest}",
    )


def _add_choices(verify: argparse.ArgumentParser) -> None:
    """Declare the options that say what is checked."""
    verify.add_argument(
        "--checks",
        type=_checks,
        default=CHECKS,
        metavar="NAME,…",
        help="the checks to run, with commas between them (default: all)",
    )
    _add_time_limit(verify, "unverified")
    verify.add_argument(
        "--no-reach",
        dest="reach",
        action="store_false",
        help="do not watch which statements of the layers run; it is a little faster",
    )
    verify.add_argument(
        "--require-reached",
        action="store_true",
        help="a statement of a backward that no example reached leaves its layer unverified",
    )


def _add_outputs(command: argparse.ArgumentParser) -> None:
    """Declare the options that say what is written."""
    command.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="also write the reports to FILE as JSON; - is standard output, which then holds nothing else",
    )
    command.add_argument("--html", type=Path, metavar="FILE", help="also write a report to open in a browser")


def _whole(least: int) -> Callable[[str], int]:
    return partial(whole_number, least=least)


def _checks(text: str) -> tuple[Check, ...]:
    try:
        return choose_checks([name.strip() for name in text.split(",")])
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
        TimeLimit.start(seconds)
    except ValueError:
        message = f"a positive number of seconds is expected, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None
    return seconds


def _percent(text: str) -> float:
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0.0 <= percent <= 100.0:
        message = f"a number from 0 to 100 is expected, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return percent


def _workers(text: str) -> int:
    return -1 if text == "-1" else _whole(1)(text)


def _subjects(targets: Sequence[str]) -> list[tuple[str, Subject]]:
    return [(target, subject) for target in targets for subject in subjects_of(target)]


def _list(parsed: argparse.Namespace) -> int:
    for _, subject in _subjects(parsed.targets):
        if isinstance(subject, Claim):
            print(f"{subject.id}: {subject.statement}")
            continue
        shapes = [f"{name} ({', '.join(s.split())})" for name, s in subject.leaf_shapes.items()]
        checks = [c.name for c in applying_checks(parsed.checks, subject)]
        undeclared = "not drawn at random" if subject.cases is None else "drawn by cases="
        print(f"{subject.name}: {', '.join(shapes) or undeclared}; {', '.join(checks)}")
    return OK


def _verify(parsed: argparse.Namespace) -> int:
    # What is read by a program has standard output for itself.
    stream = sys.stderr if parsed.json == STDOUT else sys.stdout
    with redirect_stdout(stream):
        subjects = _subjects(parsed.targets)
        _demand_files(parsed)
        console = _console(stream)
        started = time.perf_counter()
        known, deaths, interruption = _run(parsed, subjects, console)
    seconds = time.perf_counter() - started
    found = [known[number] for number in sorted(known)]
    if interruption and not found:
        raise KeyboardInterrupt
    if parsed.json is not None:
        write_json(parsed.json, found, deaths)
    commands = [_command(subjects[number], parsed) for number in sorted(known)]
    print_run(console, found, commands, seconds, deaths)
    lines = [source_line_of(subjects[number][1]) for number in sorted(known)]
    write_line = partial(print, file=stream)
    annotate(list(zip(found, lines, strict=True)), seconds, write_line, notes=exemption_notes(found))
    if parsed.html is not None:
        write(parsed.html, found, seconds=seconds)
    if interruption:
        print(f"gradcheck: {interruption}", file=sys.stderr)
        return INTERRUPTED
    verdict = overall(found)
    if verdict.is_failure:
        return WRONG
    return OK if verdict is Verdict.CORRECT else UNVERIFIED


def _mutate(parsed: argparse.Namespace) -> int:
    stream = sys.stderr if parsed.json == STDOUT else sys.stdout
    with redirect_stdout(stream):
        found = [
            (target, position, subject)
            for target in parsed.targets
            for position, subject in enumerate(subjects_of(target))
            if isinstance(subject, Layer)
        ]
        if not found:
            message = f"{' '.join(parsed.targets)} holds claims only: mistakes are planted into layers"
            raise BadTarget(message)
        _demand_files(parsed)
        console, started = _console(stream), time.perf_counter()
        judges = [Judge(each, parsed.seed, parsed.max_examples, at, i) for at, i, each in found]
        reports, interruption = _judge(parsed, judges, console)
    seconds = time.perf_counter() - started
    if interruption and not any(report.mutants for report in reports):
        raise KeyboardInterrupt
    if parsed.json is not None:
        write_mutation_json(parsed.json, reports)
    if parsed.junit is not None:
        write_junit(parsed.junit, reports, seconds)
    print_mutants(console, reports, seconds)
    if parsed.html is not None:
        write_mutants(parsed.html, reports, seconds=seconds)
    if interruption:
        print(f"gradcheck: {interruption}", file=sys.stderr)
        return INTERRUPTED
    score = score_of(reports)
    if parsed.fail_under is None:
        return OK
    if score is None:
        return UNVERIFIED
    return WRONG if 100.0 * score < parsed.fail_under else OK


def _judge(
    parsed: argparse.Namespace, judges: Sequence[Judge], console: Console
) -> tuple[list[MutationReport], str]:
    """Return a report for each layer as far as Ctrl-C let it, and what it left undone."""
    limit, reports = TimeLimit.start(parsed.time_limit), list[MutationReport]()
    names, work = [judge.layer.name for judge in judges], [len(judge.mutants) for judge in judges]
    try:
        with progress(console, names, work) as (tick, done):
            for judge in judges:
                reports.append(judge_all(judge, workers=parsed.workers, limit=limit, tick=tick))
                done(describe_score(reports[-1]))
    except Stopped as stop:
        known = [*reports, stop.report]
        judged = sum(len(report.mutants) for report in known)
        return known, f"interrupted after {judged} of {count_noun(sum(work), 'mutant')}"
    return reports, ""


def _demand_files(parsed: argparse.Namespace) -> None:
    """Fail before the work, not after it."""
    if parsed.html is not None:
        require()
    for file in (parsed.json, parsed.html, getattr(parsed, "junit", None)):
        refused = None if file in (None, STDOUT) else unwritable(file)
        if refused is not None:
            raise BadTarget(refused)


def _console(stream: TextIO) -> Console:
    console = Console(file=stream)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(file=stream, width=PIPE_WIDTH)


def _command(subject: tuple[str, Subject], parsed: argparse.Namespace) -> str:
    """Return the command that verifies one of the subjects again."""
    target = shlex.quote(f"{subject[0].partition(':')[0]}:{title(subject[1])}")
    words = [f"gradcheck verify {target} --seed {parsed.seed} --max-examples {parsed.max_examples}"]
    if parsed.checks != CHECKS:
        words.append(f"--checks {','.join(check.name for check in parsed.checks)}")
    if parsed.require_reached:
        words.append("--require-reached")
    return " ".join(words)


def _run(
    parsed: argparse.Namespace, subjects: list[tuple[str, Subject]], console: Console
) -> tuple[dict[int, Report | Ruling], list[str], str]:
    """Return what was found by the subjects' positions, which workers died, and what Ctrl-C left undone."""
    held = [subject for _, subject in subjects]
    how: dict[str, Any] = {"targets": parsed.targets, "database": default_database}
    how["limit"] = TimeLimit.start(parsed.time_limit)
    how |= {"reach": parsed.reach, "require_reached": parsed.require_reached}
    verification = Verification(held, parsed.seed, parsed.max_examples, parsed.checks, **how)
    found: dict[int, Report | Ruling] = {}
    work = [_work(subject, parsed.max_examples, parsed.checks) for subject in held]
    try:
        with progress(console, [title(subject) for subject in held], work) as (tick, done):

            def keep(number: int, result: Report | Ruling) -> None:
                found[number] = result
                done(line(result))

            return found, verification.run(parsed.workers, keep, tick), ""
    except KeyboardInterrupt as stop:
        part = stop.report if isinstance(stop, Interrupted) else None
        finished = sum(result is not part for result in found.values())
        return found, [], f"interrupted after {finished} of {len(held)}"


def _work(subject: Subject, max_examples: int, checks: Sequence[Check]) -> int:
    if isinstance(subject, Claim):
        return max_examples
    return max_examples * len(applying_checks(checks, subject))
