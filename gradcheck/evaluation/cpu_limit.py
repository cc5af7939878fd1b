"""An end to calls that may never end by themselves, by the time that the process itself computes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN = 1.0
"""Seconds after which a call that ignored the end is told again, as one with a bare ``except`` does."""


class Endless(KeyboardInterrupt):
    """A call has computed for longer than it may. It is raised as Ctrl-C is, which most code lets through."""


@contextmanager
def limit_cpu(seconds: float) -> Iterator[None]:
    """Raise `Endless` inside of the block once the process has computed for so many seconds.

    What else the machine does meanwhile does not count. Outside of the main thread, and where the system has
    no such timer, there is no end.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise Endless

    handler = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, handler)
