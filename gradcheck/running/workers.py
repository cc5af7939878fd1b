"""`workers=`: units of work in several processes, or through any map-like function; none is lost silently.

`docs/architecture.md` says why the pool is the standard library's, and what was measured beside loky.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from gradcheck.running.processes import NotHandedOver, Work, explain_new_processes, open_pool
from gradcheck.running.time_limit import GRACE, OutOfTime, TimeLimit

Workers: TypeAlias = int | Callable[..., Iterable[Any]]
Keep: TypeAlias = Callable[[int, Any], None]

DIED_TWICE = "the worker process that ran it died twice"


def count_workers(workers: Any) -> int | None:
    """Return how many processes an argument ``workers`` asks for; None if it is a map-like function.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if callable(workers):
        return None
    if isinstance(workers, bool) or not isinstance(workers, int) or (workers < 1 and workers != -1):
        message = (
            "workers must be a whole number of at least 1, -1 for all cores, "
            f"or a function that maps as map() does, got {workers!r}"
        )
        raise ValueError(message)
    if workers > 0:
        return workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def distribute(
    work: Work,
    units: Sequence[Any],
    workers: Workers,
    keep: Keep,
    *,
    name: Callable[[Any], str],
    limit: TimeLimit | None = None,
) -> list[str]:
    """Do `work` on every unit, in other processes; return in sentences which of them died.

    A unit whose process dies is done again, alone in a fresh one; if that dies too, the unit has no
    result. Work that can't be handed to other processes is done in this one, and a sentence says so.
    An exception of `work` itself comes out here, and ends all workers, as Ctrl-C does.

    Parameters
    ----------
    work
        Called with one unit. A map-like function that leaves this machine needs it picklable.
    units
        What to work on.
    workers
        As for `gradcheck.check`.
    keep
        Called with the position of a unit and its result, in the order in which they are finished.
    name
        Returns what sentences call a unit.
    limit
        When it ends at the latest: work that is not finished by then, and ignores it, has no result.
    """
    job = _Job(work, tuple(units), name, keep, limit or TimeLimit())
    everything = list(range(len(units)))
    with suppress(OutOfTime):
        if callable(workers):
            job.run_through(workers)
        else:
            job.run_in_pool(everything, count_workers(workers) or 1)
    return job.deaths


@dataclass
class _Job:
    work: Work
    units: tuple[Any, ...]
    name: Callable[[Any], str]
    keep: Keep
    limit: TimeLimit
    deaths: list[str] = field(default_factory=list)
    finished: set[int] = field(default_factory=set)

    def names(self, indices: Iterable[int]) -> str:
        return ", ".join(self.name(self.units[index]) for index in indices)

    def run_in_pool(self, indices: Sequence[int], count: int) -> None:
        """Do units in processes of this machine.

        A process is handed one unit at a time, so that after a death it is known which ones it
        may have taken along.
        """
        waiting = list(reversed(indices))  # the next one stands at its end
        try:
            while waiting:
                suspects = self._run_until_death(waiting, min(count, len(waiting)))
                for index in suspects:
                    # Alone, it is clear whose death it is; among others, the first one was anybody's.
                    self._run_alone(index, deaths=int(len(suspects) == 1))
        except NotHandedOver as problem:
            self._run_here([index for index in indices if index not in self.finished], str(problem))

    def _run_here(self, indices: Sequence[int], problem: str) -> None:
        """Do units in this process, which alone has what they need."""
        self.deaths.append(
            f"{explain_new_processes()}, and the work can't be handed to them ({problem}); it was done in "
            "this process. Define the layers by functions of a module, or let the command find them: "
            "gradcheck verify FILE --workers N"
        )
        for index in indices:
            self.limit.check()
            self.keep(index, self.work(self.units[index]))

    def _run_until_death(self, waiting: list[int], count: int) -> list[int]:
        """Work until nothing is left to do or a process dies; return what was then being done."""
        with open_pool(self.work, self.units, count) as pool:
            running: dict[Future[Any], int] = {}
            while waiting or running:
                try:
                    while waiting and len(running) < count:
                        future = pool.submit(waiting[-1])
                        running[future] = waiting.pop()
                except BrokenProcessPool:
                    return sorted(running.values())
                patience = self.limit.left + GRACE
                timeout = None if patience == math.inf else max(patience, 0.0)
                if not wait(running, timeout, return_when=FIRST_COMPLETED).done:
                    raise OutOfTime(self.limit.reason)  # which ends the processes
                for future in [f for f in running if f.done()]:
                    with suppress(BrokenProcessPool):
                        self.keep(running[future], future.result())
                        self.finished.add(running.pop(future))
                if any(f.done() for f in running):
                    return sorted(running.values())
        return []

    def _run_alone(self, index: int, deaths: int) -> None:
        while deaths < 2:
            if not self._run_until_death([index], 1):
                death = f"a worker process died while it ran {self.names([index])}"
                self.deaths.append(f"{death}; it was run again in a fresh one")
                return
            deaths += 1
        self.deaths.append(f"{self.names([index])} is unverified: {DIED_TWICE}")

    def run_through(self, engine: Callable[..., Iterable[Any]]) -> None:
        """Do all units through a map-like function, and here what it leaves undone."""
        numbered = tuple(enumerate(self.units))
        left = dict.fromkeys(range(len(self.units)))
        problem = "returned too few results"
        with tempfile.TemporaryDirectory() as folder:
            ledger = Path(folder, "started")
            ledger.touch()
            with closing(_closable(engine(_Noting(self.work, str(ledger)), numbered))) as results:
                try:
                    for (index, _), result in zip(numbered, results, strict=False):
                        self.keep(index, result)
                        del left[index]
                except Exception as cause:  # an engine has errors of its own for a lost worker
                    problem = f"raised {type(cause).__name__}"
            starts = Counter(map(int, ledger.read_text().split()))
        repeated = [index for index, times in sorted(starts.items()) if times > 1 and index not in left]
        if repeated:
            self.deaths.append(
                f"the workers started {self.names(repeated)} more than once, as after the death of a worker"
            )
        if left:
            self.deaths.append(
                f"the function given as workers {problem}; {self.names(left)} ran again on this machine"
            )
            self.run_in_pool(list(left), 1)


@dataclass(frozen=True)
class _Noting:
    """Work that first notes in a file, if it is there, that a unit was started."""

    work: Work
    ledger: str

    def __call__(self, numbered: tuple[int, Any]) -> Any:
        index, unit = numbered
        with suppress(OSError):  # another machine has no such file
            handle = os.open(self.ledger, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(handle, f"{index}\n".encode())
            finally:
                os.close(handle)
        return self.work(unit)


def _closable(answers: Iterable[Any]) -> Generator[Any, None, None]:
    """Return an iterator that ends the engine's own when it is closed, which cancels what is not done."""
    iterator = iter(answers)
    try:
        yield from iterator
    finally:
        if hasattr(iterator, "close"):
            iterator.close()
