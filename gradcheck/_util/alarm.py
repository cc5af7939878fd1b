"""A function that is called after a while, whatever the main thread is in: it ends what does not end."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 1.0
"""Seconds after which a call that ignored the first ring hears another. Half would interrupt it more often
while it cleans up; twice would wait longer for a function with a bare ``except``."""
IMPORTING = "<frozen importlib._bootstrap>"
"""The file of the frames in which Python imports a module."""
SOON = 1e-6
"""Seconds until an alarm rings whose time has passed: the timer takes no zero."""


@contextmanager
def ring_after(seconds: float, ring: Callable[[], None], *, of_processor: bool = False) -> Iterator[None]:
    """Call a function inside of the block after so many seconds, and again every `AGAIN`.

    What it raises comes out of whatever runs then. It waits for the next time while something is finalised,
    where it would be lost, and while a module is imported, which would stay half there. An alarm that was set
    already goes on afterwards. Outside of the main thread, and where the system has no such timer, nothing
    rings.

    Parameters
    ----------
    seconds
        When it rings first.
    ring
        What is called.
    of_processor
        Whether only those seconds count in which the main thread itself computes.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or not hasattr(signal, "setitimer"):
        yield
        return
    # The timer counts what all threads compute, such as those of a framework that loads its kernels.
    clock = time.thread_time if of_processor else time.monotonic
    number = signal.SIGVTALRM if of_processor else signal.SIGALRM
    timer = signal.ITIMER_VIRTUAL if of_processor else signal.ITIMER_REAL

    def hear(_: int, frame: FrameType | None) -> None:
        left = started + seconds - clock()
        if left > 0:
            signal.setitimer(timer, max(left, SOON), AGAIN)
        elif not _is_finalising(frame) and _count_imports(frame) <= imports:
            ring()

    imports = _count_imports(sys._getframe())
    started = clock()
    handler = signal.signal(number, hear)
    others, interval = signal.setitimer(timer, max(seconds, SOON), AGAIN)
    try:
        yield
    finally:
        signal.setitimer(timer, 0.0)
        signal.signal(number, handler)
        if others:  # somebody else's alarm, such as that of a test's own time limit
            signal.setitimer(timer, max(others - (clock() - started), SOON), interval)


def _count_imports(frame: FrameType | None) -> int:
    """Return how many imports a frame is inside of: one, where a script that is imported checks a layer."""
    count = 0
    while frame is not None:
        count += frame.f_code.co_filename == IMPORTING
        frame = frame.f_back
    return count


def _is_finalising(frame: FrameType | None) -> bool:
    """Return whether Python would report what is raised here, and go on: as it does in finalisers.

    So it does in what is called at the beginning and at the end of each garbage collection.
    """
    collecting = [getattr(each, "__code__", None) for each in gc.callbacks]
    while frame is not None:
        code = frame.f_code
        if (
            code in collecting
            or code.co_name == "__del__"
            or (code.co_name == "remove" and code.co_filename == weakref.__file__)
        ):
            return True
        frame = frame.f_back
    return False
