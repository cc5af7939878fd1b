"""`time_limit=` and Ctrl-C: a run that ends before its time keeps what it has found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gradcheck._util import ring_after

if TYPE_CHECKING:
    from gradcheck.reporting import Report

T = TypeVar("T")

GRACE = 2.0
"""Seconds that worker processes are given beyond the end, to hand over what they found so far. A report takes
milliseconds to leave a process; a call into compiled code that takes longer is lost, with its part."""


class OutOfTime(KeyboardInterrupt):
    """The time limit is reached. It is raised as Ctrl-C is: whatever lets that through lets this through."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what was known of the layer by then.

    Parameters
    ----------
    report
        The checks that were finished; the others are unverified.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"while {report.layer!r} was checked")


@dataclass
class TimeLimit:
    """When a run ends at the latest, and whether it was ended.

    Parameters
    ----------
    seconds
        How long it may take; infinite without a limit.
    end
        When it ends, on the clock of `time.time`, which processes share.
    stop
        What ended it, if anything did.
    """

    seconds: float = math.inf
    end: float = math.inf
    stop: KeyboardInterrupt | None = None

    @classmethod
    def start(cls, seconds: float | None) -> TimeLimit:
        """Return a limit of so many seconds from now, or none.

        Raises
        ------
        ValueError
            If it is not a positive number.
        """
        if seconds is None:
            return cls()
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
            message = f"time_limit must be a positive number of seconds, got {seconds!r}"
            raise ValueError(message)
        return cls(float(seconds), time.time() + seconds)

    @property
    def left(self) -> float:
        """How many seconds are left; infinite without a limit."""
        return self.end - time.time()

    @property
    def reason(self) -> str:
        """Why something is not finished, in words."""
        if self.stop is None or isinstance(self.stop, OutOfTime):
            return f"not finished in {self.seconds:g} s"
        return "not finished: interrupted"

    def check(self) -> None:
        """Raise `OutOfTime` if the time is over."""
        if self.left <= 0.0 and self.stop is None:
            raise OutOfTime(self.reason)

    def attempt(self, step: Callable[[], T]) -> T | None:
        """Return what a step returns, or None if it was ended, or if the run was ended before."""
        if self.stop is None:
            try:
                self.check()
                return step()
            except KeyboardInterrupt as stop:
                self.stop = stop
        return None

    @contextmanager
    def enforce(self) -> Iterator[None]:
        """End calls inside the block that are still running when the time is over, where that is possible.

        It takes the timer of the main thread. Elsewhere the time is looked at between calls only.
        """
        if self.end == math.inf:
            yield
            return

        def ring() -> None:
            if self.stop is None:
                raise OutOfTime(self.reason)

        with ring_after(self.left, ring):
            yield
