"""A line on the terminal for a check that turns out to be long: which layer, and for how long already."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from gradcheck._util import count_noun

PATIENCE = 2.0
"""Seconds before anything is shown. Half would flicker at many checks; twice would leave a user in doubt."""
REFRESH = 0.5
"""Seconds from one line to the next: half is faster than anybody reads, twice looks as if it hung."""


@contextmanager
def status_line(name: str, stream: TextIO | None = None) -> Iterator[Callable[[], None]]:
    """Show on a terminal, after two seconds, which layer is checked; the line is gone in the end.

    It is written by a thread, since a single call of the layer may be the long one.

    Parameters
    ----------
    name
        The layer's name.
    stream
        Where; standard error if left out. Nothing is shown where it is no terminal.

    Yields
    ------
    tick
        ``tick()`` for each example and check that is done.
    """
    file = sys.stderr if stream is None else stream
    if not file.isatty():
        yield lambda: None
        return
    done, started, steps = threading.Event(), time.monotonic(), 0

    def tick() -> None:
        nonlocal steps
        steps += 1

    def show() -> None:
        pause = PATIENCE
        while not done.wait(pause):
            seconds = time.monotonic() - started
            file.write(
                f"\r\033[Kgradcheck: checking {name!r}, {count_noun(steps, 'step')} in {seconds:.0f} s"
            )
            file.flush()
            pause = REFRESH
        if pause == REFRESH:
            file.write("\r\033[K")
            file.flush()

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield tick
    finally:
        done.set()
        thread.join()
