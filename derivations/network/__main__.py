"""``python -m derivations.network``: train a network whose gradient has been verified."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from derivations.network import report
from derivations.network.datasets import Dataset, bundled, read
from derivations.network.figure import FigureUnavailable, draw
from derivations.network.options import beginning, other, parser
from derivations.network.recipes import RECIPES
from derivations.network.session import NotVerified, Outcome, Session
from derivations.network.threads import limited
from derivations.network.train import NotFinite

TRAINED, WRONG, FAILED, UNVERIFIED, INTERRUPTED = 0, 1, 2, 3, 130
MOST_COLUMNS = 20
"""Confusions among more classes than this are told in words."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line asks, print how it went, and return the exit status.

    0 if the network was trained, 1 if a gradient is wrong, 2 if the command could not do what it was
    asked, 3 if a gradient could not be verified, 130 if it was interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without · is no reason to stop
    made = parser()
    options = made.parse_args(arguments)
    if options.data is not None and len(options.data) > 2:
        made.error("--data takes one .npz file, or two IDX files")
    try:
        with limited(options.threads):
            _train(options)
    except NotVerified as found:
        print(f"\n{found}\n\ntraining stops here", file=sys.stderr)
        return WRONG if found.verification.verdict.is_failure else UNVERIFIED
    except NotFinite as broken:
        return _failed(f"{broken} A lower --rate may help.")
    except OSError as problem:
        return _failed(f"{problem.filename!r}: {problem.strerror}.")
    except (ValueError, ImportError) as problem:
        return _failed(str(problem))
    except KeyboardInterrupt:
        print(f"derivations.network: interrupted{_how_to_go_on(options)}", file=sys.stderr)
        return INTERRUPTED
    return TRAINED


def _train(options: argparse.Namespace) -> None:
    dataset = bundled() if options.data is None else read(options.data)
    checkpoint = beginning(options, dataset)
    for path in (options.save, options.figure):
        _demand_folder(path)
    kept, tested = dataset.split()
    console = Console()
    session = Session(kept, tested, Console(stderr=True), _say, options.verify_every)
    sizes = f"{len(kept.labels)} images to train on, {len(tested.labels)} held out"
    _say(f"{dataset.name}: {sizes}; recipe {checkpoint.recipe!r}, {RECIPES[checkpoint.recipe].summary}")
    outcome = session.run(checkpoint, options.save)
    _show(console, outcome, tested)
    if options.compare and options.load is None:
        _say(f"\nrecipe {other(checkpoint).recipe!r}, for comparison")
        rows = [_row(outcome), _row(session.run(other(checkpoint), None))]
        console.print(report.comparison(rows))
    _say(_drawn(options, outcome, tested))


def _demand_folder(path: Path | None) -> None:
    """Raise if nothing can be written there: before the work, not after it.

    Raises
    ------
    ValueError
        If the folder is not there, or there is a folder in place of the file.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        message = f"{str(path)!r} can't be written: it must be a file in a folder that exists."
        raise ValueError(message)


def _show(console: Console, outcome: Outcome, tested: Dataset) -> None:
    """Print accuracies and confusions."""
    history, classes = outcome.checkpoint.state.history, outcome.checkpoint.sizes.classes
    wrong = int((outcome.recognised != tested.labels).sum())
    trained = f"train {history[-1].train_accuracy:.2%}   " if history else ""
    tests = f"test {outcome.accuracy:.2%} ({wrong} of {len(tested.labels)} mistaken)"
    _say(f"{trained}{tests}, {outcome.seconds:.1f} s")
    if classes <= MOST_COLUMNS:
        console.print(report.confusion(tested.labels, outcome.recognised, classes))
    else:
        _say(report.confused_pairs(tested.labels, outcome.recognised, MOST_COLUMNS))


def _row(outcome: Outcome) -> tuple[str, str, float, float]:
    recipe = RECIPES[outcome.checkpoint.recipe]
    return recipe.name, recipe.summary, outcome.accuracy, outcome.seconds


def _drawn(options: argparse.Namespace, outcome: Outcome, tested: Dataset) -> str:
    """Save the figure, and return the line that says where it is, or how to get one."""
    try:
        draw(options.figure, outcome.checkpoint.state, tested, outcome.recognised)
    except FigureUnavailable as missing:
        return str(missing)
    return f"figure: {options.figure}"


def _how_to_go_on(options: argparse.Namespace) -> str:
    if options.save is None:
        return "; nothing was saved, as there was no --save"
    dataset = "".join(f" {path}" for path in (["--data", *options.data] if options.data else []))
    return f"; to go on: python -m derivations.network{dataset} --load {options.save} --save {options.save}"


def _say(line: str) -> None:
    print(line, flush=True)


def _failed(sentence: str) -> int:
    print(f"derivations.network: {sentence}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    raise SystemExit(main())
