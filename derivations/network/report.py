"""What a training prints: a bar while it runs, then accuracies, confusions, and how the recipes compare."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from derivations.network.state import State
from derivations.network.train import Progress as Tick
from derivations.types import Array

PLAIN_LINES = 5
"""Where there is no terminal, so many lines tell of a training."""


@contextmanager
def bar(console: Console, title: str, images: int, done: int) -> Iterator[Tick]:
    """Show a bar with loss, accuracy and images per second, if the console is a terminal.

    Parameters
    ----------
    console, title
        Where, and what is being trained.
    images, done
        How many images will be seen in all epochs, and how many were before.

    Yields
    ------
    Tick
        To be called after each step.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}  accuracy {task.fields[accuracy]:.1%}"),
        TextColumn("{task.fields[speed]:,.0f} images/s"),
        TimeRemainingColumn(),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        nothing = float("nan")
        task = progress.add_task(
            title, total=images, completed=done, loss=nothing, accuracy=nothing, speed=0.0
        )
        started, total = time.perf_counter(), 0

        def tick(seen: int, loss: float, accuracy: float) -> None:
            nonlocal total
            total += seen
            speed = total / (time.perf_counter() - started)
            progress.update(task, advance=seen, loss=loss, accuracy=accuracy, speed=speed)

        yield tick


def epoch_line(state: State, epochs: int) -> str | None:
    """Return a line about the epoch that has ended, for a few of them; None for the others."""
    done, last = len(state.history), state.history[-1]
    if done % max(epochs // PLAIN_LINES, 1) and done != epochs:
        return None
    return (
        f"  epoch {done:3d} of {epochs}   loss {last.loss:.4f}   train {last.train_accuracy:.2%}   "
        f"test {last.test_accuracy:.2%}"
    )


def confusion(labels: Array, recognised: Array, classes: int) -> Table:
    """Return the table of how often an image of one class (row) was taken for another (column)."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, recognised), 1)
    table = Table(title="test images: class, and taken for", box=None)
    table.add_column("", justify="right")
    for column in range(classes):
        table.add_column(str(column), justify="right")
    for row, entries in enumerate(counts):
        cells = [str(n) if n else "·" for n in entries]
        table.add_row(str(row), *cells)
    return table


def confused_pairs(labels: Array, recognised: Array, most: int) -> str:
    """Return the most frequent confusions in words, for more classes than a table can show."""
    wrong = labels != recognised
    pairs, counts = np.unique(np.stack((labels[wrong], recognised[wrong])), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    said = [f"{pairs[0, k]} for {pairs[1, k]} ({counts[k]})" for k in order]
    return f"most often taken for another: {', '.join(said) or 'none'}"


def comparison(rows: list[tuple[str, str, float, float]]) -> Table:
    """Return the table of recipes: name, summary, accuracy on the test images, seconds."""
    table = Table(title="the two recipes, with the same epochs and seed", box=None)
    for name in ("recipe", "is", "test accuracy", "seconds"):
        table.add_column(name, justify="right" if name in ("test accuracy", "seconds") else "left")
    for name, summary, accuracy, seconds in rows:
        table.add_row(name, summary, f"{accuracy:.2%}", f"{seconds:.1f}")
    return table
