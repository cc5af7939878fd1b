"""An end to calls that may never end by themselves, by the time that the process itself computes."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN = 1.0
"""Seconds after which a call that ignored the end is told again, as one with a bare ``except`` does."""
SOON = 1e-3
"""Seconds until a limit ends that has passed while another one stood: the timer takes no zero."""


class Endless(KeyboardInterrupt):
    """A call has computed for longer than it may. It is raised as Ctrl-C is, which most code lets through."""


@contextmanager
def limit_cpu(seconds: float) -> Iterator[None]:
    """Raise `Endless` inside of the block once the process has computed for so many seconds.

    What else the machine does meanwhile does not count. A limit that stands already goes on afterwards.
    Outside of the main thread, and where the system has no such timer, there is no end.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise Endless

    handler = signal.signal(signal.SIGVTALRM, ring)
    left, again = signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    started = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, handler)
        if left > 0.0:
            rest = max(left - (time.process_time() - started), SOON)
            signal.setitimer(signal.ITIMER_VIRTUAL, rest, again)
