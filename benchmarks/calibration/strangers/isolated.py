"""A fresh process for each run: one that hangs, exits or dies costs its own result and no other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from benchmarks.calibration.strangers.judge import CRASHED, UNFINISHED, Judged, judged, runs, without_verdict
from benchmarks.calibration.workers import ONE_THREAD, PROCESSES

LIMIT = 60
"""Seconds of processor time that a run may take. Ten are too many for a check at a point, and a hundred
checks take half as long as this; twice as much would only make a run that hangs wait longer."""


def isolated(every: int, seed: int, tick: Callable[[], None]) -> list[Judged]:
    """Return the results of all runs, in order.

    Parameters
    ----------
    every
        Of so many layers one is run.
    seed
        Of all checks.
    tick
        Called for each run that ends.
    """
    os.environ.update(ONE_THREAD)  # read by the libraries when the server imports them
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    results: dict[int, Judged] = {}
    for index, result in _ended(context, every, seed):
        results[index] = result
        tick()
    return [results[index] for index in sorted(results)]


def _ended(context: Any, every: int, seed: int) -> Iterator[tuple[int, Judged]]:
    """Yield each run's result as it comes, a few processes side by side."""
    waiting, active = iter(range(len(runs(every)))), {}
    while True:
        for index in waiting:
            answers, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_answer, args=(theirs, every, index, seed))
            process.start()
            theirs.close()
            active[answers] = (index, process)
            if len(active) == PROCESSES:
                break
        if not active:
            return
        for ready in wait(list(active)):
            assert isinstance(ready, Connection)
            index, process = active.pop(ready)
            yield index, _received(ready, process, every, index)


def _received(answers: Connection, process: Any, every: int, index: int) -> Judged:
    found = None
    with suppress(EOFError):
        found = answers.recv()
    answers.close()
    process.join()
    if isinstance(found, Judged):
        return found
    run = runs(every)[index]
    if process.exitcode == -signal.SIGXCPU:
        return without_verdict(run, UNFINISHED, f"not finished in {LIMIT} s", float(LIMIT))
    return without_verdict(run, CRASHED, f"the process ended with {process.exitcode}", 0.0)


def _answer(answers: Connection, every: int, index: int, seed: int) -> None:
    import resource

    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + LIMIT
    resource.setrlimit(resource.RLIMIT_CPU, (used, used + 5))
    answers.send(judged(runs(every)[index], seed))
    answers.close()
