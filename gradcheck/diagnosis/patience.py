"""A progress bar for work that turns out to be long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PROGRESS_DELAY = 2.0
"""Seconds before anything is shown."""


@contextmanager
def show_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
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

    start = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    is_shown = False

    def tell(done: int) -> None:
        nonlocal is_shown
        if not is_shown and bar.console.is_terminal and time.monotonic() - start > PROGRESS_DELAY:
            bar.add_task(what, total=total)
            bar.start()
            is_shown = True
        if is_shown:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield tell
    finally:
        if is_shown:
            bar.stop()
