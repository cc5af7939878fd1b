"""What an explanation may cost, counted in calls and entries: the same however busy a machine is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite, log

from gradcheck.evaluation import Trial

WORK = 8000.0
"""Calls of small examples that one explanation may take.

A layer written as loops takes about half a millisecond for each; half of it leaves out the rarer
mistakes, twice as much takes longer than a reader waits.
"""
REPAIRING = 9000.0
"""Calls of small examples that the search for a repair may take beside them, two for each edit.

That is a second, most of it spent on compiling; half of it leaves out the rarer edits of long functions.
"""
ENTRIES = 100.0
"""An example with so many entries more counts as another call: loops take as much longer."""
QUICK = 1e-3
"""Seconds that forward's quickest call takes at most in a layer whose calls are counted as they are.

Slower ones, which wait for a device or simulate, would make a reader wait for minutes: half of it takes away
causes of layers that are loops, twice as much doubles the wait.
"""
VERY_SLOW = 64.0
"""From this slowness on, where a call takes 16 ms or more, an explanation is cut down to what it must have:
no curve, fewer single entries, and no other examples where the point's own slopes show a cause. A quarter of
it takes curves away that are there in a second; four times as much makes a reader wait for half a minute."""
FOURFOLD = 4.0
"""Slower layers are told apart by this factor only, so that a busier machine explains as much."""


def slowness(trial: Trial) -> float:
    """Return how many quick calls are as long as one of this layer, by its quickest: a power of four."""
    quickest = trial.calls.quickest
    if not isfinite(quickest) or quickest <= QUICK:
        return 1.0
    return FOURFOLD ** ceil(log(quickest / QUICK, FOURFOLD))


@dataclass
class Budget:
    """Work that is left to do; what no longer fits is not begun. `slowness` makes every call so much work."""

    left: float = WORK
    slowness: float = 1.0

    def affords(self, trial: Trial, calls: int, kept: float = 0.0) -> bool:
        """Return whether so many calls at this example fit and leave what is `kept`; count them then."""
        work = calls * self.slowness * (1.0 + sum(x.size for x in trial.primals) / ENTRIES)
        if work > self.left - kept:
            return False
        self.left -= work
        return True
