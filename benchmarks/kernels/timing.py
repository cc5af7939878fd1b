"""Timing several contestants in turn, so that whatever else the machine does meets all of them alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median

CALLS = 3
"""A visit to a contestant is so many calls after one that is not timed."""
PAUSE = 0.03
"""Seconds between two visits: the threads of one library spin for a while after its last call."""
PATIENCE = 1.0
"""A contestant whose first call takes longer than this is not called again."""


def medians(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each contestant's call.

    Parameters
    ----------
    contestants
        By name.
    rounds
        How often each is visited, in turn.
    """
    first = {name: _seconds(call) for name, call in contestants.items()}
    taken = {name: [seconds] if seconds > PATIENCE else [] for name, seconds in first.items()}
    quick = [name for name, seconds in first.items() if seconds <= PATIENCE]
    for _ in range(rounds):
        for name in quick:
            time.sleep(PAUSE)
            contestants[name]()
            taken[name] += [_seconds(contestants[name]) for _ in range(CALLS)]
    return {name: 1e3 * median(seconds) for name, seconds in taken.items()}


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
