"""A progress bar for work that turns out to be long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds before anything is shown."""


@contextmanager
def patience(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far a piece of work is, on a terminal's stderr, once it has taken two seconds.

    Parameters
    ----------
    what, total
        What is done, and the size of it.

    Yields
    ------
    tell
        ``tell(done)`` with the part that is done.
    """
    from rich.console import Console
    from rich.progress import Progress

    started = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    shown = False

    def tell(done: int) -> None:
        nonlocal shown
        if not shown and bar.console.is_terminal and time.monotonic() - started > PATIENCE:
            bar.add_task(what, total=total)
            bar.start()
            shown = True
        if shown:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield tell
    finally:
        if shown:
            bar.stop()
