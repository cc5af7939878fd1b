"""An end to calls that may never end by themselves, by the time that they compute."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gradcheck._util import ring_after


class Endless(KeyboardInterrupt):
    """A call has computed for longer than it may. It is raised as Ctrl-C is, which most code lets through."""


class EndlessHere(Endless):
    """A single call has computed for far longer than all others did."""


LOOK = 0.5
"""Seconds of processor time after which it is looked how long a call takes. Half looks twice as often for
what hardly ever is; twice as many wait that much longer."""
LONGEST, TIMES_LONGER = 5.0, 50.0
"""A call may take so many seconds, or so many times what the slowest of the first ones took, whichever is
more. An integrator whose equations explode takes thousands of times as long. Half of either might end what
only meets a stiff spot; twice as much lets people wait who think that it hangs."""
FIRST = 6
"""So many calls are the first: those at the point itself. Later ones may take long because they explode."""
IMPATIENT = 10.0
"""Once a call did not end, others may take so many times less: half of it waits twice as long for each of
them, and twice as much ends calls that only take three times their usual time."""


@dataclass
class Stopwatch:
    """When the call began that runs now, how long others took, and whether one did not end.

    `began` is negative while none runs, and `slowest` zero until one has ended.
    """

    began: float = -1.0
    slowest: float = 0.0
    count: int = 0
    endless: bool = False

    def note(self, seconds: float) -> None:
        """Take note of how long a call took, if it is among the first."""
        self.count += 1
        if self.count <= FIRST:
            self.slowest = max(self.slowest, seconds)

    @property
    def allowed(self) -> float:
        """The seconds that a call may take."""
        usual = max(LONGEST, TIMES_LONGER * self.slowest)
        return usual / IMPATIENT if self.endless else usual


@contextmanager
def end_endless_calls(watch: Stopwatch) -> Iterator[None]:
    """Raise `EndlessHere` inside of the block in a call that takes far longer than all before it."""

    def look() -> None:
        if watch.slowest > 0.0 and 0.0 <= watch.began < time.perf_counter() - watch.allowed:
            watch.endless = True
            raise EndlessHere

    with ring_after(LOOK, look, of_processor=True):
        yield


@contextmanager
def limit_cpu(seconds: float) -> Iterator[None]:
    """Raise `Endless` inside of the block once the main thread has computed for so many seconds.

    What other threads and the machine do meanwhile does not count; see `ring_after`.
    """

    def ring() -> None:
        raise Endless

    with ring_after(seconds, ring, of_processor=True):
        yield
