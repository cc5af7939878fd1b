"""`workers=`: work in several processes, or through any map-like function; nothing is lost silently."""

from __future__ import annotations

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

from gradcheck.running.processes import Work, pool_of, submitted

Workers: TypeAlias = int | Callable[..., Iterable[Any]]
Finished: TypeAlias = Callable[[int, Any], None]

DIED_TWICE = "the worker process that ran it died twice"


@dataclass
class Spread:
    """What became of the units: a result for each that was finished, and what went wrong, in sentences."""

    results: dict[int, Any] = field(default_factory=dict)
    deaths: list[str] = field(default_factory=list)


def counted(workers: Any) -> int | None:
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


def spread(
    work: Work,
    units: Sequence[Any],
    workers: Workers,
    *,
    said: Callable[[Any], str],
    finished: Finished = lambda index, result: None,  # noqa: ARG005
) -> Spread:
    """Do `work` on every unit, in other processes.

    A unit whose process dies is done again, alone in a fresh one; if that dies too, the unit has no
    result. An exception of `work` itself comes out here, and ends all workers, as Ctrl-C does.

    Parameters
    ----------
    work
        Called with one unit. A map-like function that leaves this machine needs it picklable.
    units
        What to work on.
    workers
        As for `gradcheck.check`.
    said
        What sentences call a unit.
    finished
        Called with the position of a unit and its result, in the order in which they are finished.
    """
    job = _Job(work, tuple(units), said, finished)
    count = counted(workers)
    if count is None and callable(workers):
        job.mapped(workers)
    else:
        job.pooled(deque_of(range(len(units))), count or 1)
    return job.found


def deque_of(indices: Iterable[int]) -> list[int]:
    """Return the indices as a list from whose end the first is taken."""
    return list(indices)[::-1]


@dataclass
class _Job:
    work: Work
    units: tuple[Any, ...]
    said: Callable[[Any], str]
    finished: Finished
    found: Spread = field(default_factory=Spread)

    def keep(self, index: int, result: Any) -> None:
        self.found.results[index] = result
        self.finished(index, result)

    def named(self, indices: Iterable[int]) -> str:
        return ", ".join(self.said(self.units[index]) for index in indices)

    def pooled(self, todo: list[int], count: int) -> None:
        """Do the units `todo` in processes of this machine.

        A process is handed one unit at a time, so that after a death it is known which ones it
        may have taken along.
        """
        while todo:
            suspects = self._until_death(todo, min(count, len(todo)))
            for index in suspects:
                # Alone, it is clear whose death it is; among others, the first one was anybody's.
                self._alone(index, deaths=int(len(suspects) == 1))

    def _until_death(self, todo: list[int], count: int) -> list[int]:
        """Work until nothing is left to do or a process dies; return what was then being done."""
        with pool_of(self.work, self.units, count) as pool:
            running: dict[Future[Any], int] = {}
            while todo or running:
                try:
                    while todo and len(running) < count:
                        future = submitted(pool, todo[-1])
                        running[future] = todo.pop()
                except BrokenProcessPool:
                    return sorted(running.values())
                wait(running, return_when=FIRST_COMPLETED)
                for future in [f for f in running if f.done()]:
                    with suppress(BrokenProcessPool):
                        self.keep(running[future], future.result())
                        del running[future]
                if any(f.done() for f in running):
                    return sorted(running.values())
        return []

    def _alone(self, index: int, deaths: int) -> None:
        while deaths < 2:
            if not self._until_death([index], 1):
                said = f"a worker process died while it ran {self.named([index])}"
                self.found.deaths.append(f"{said}; it was run again in a fresh one")
                return
            deaths += 1
        self.found.deaths.append(f"{self.named([index])} is unverified: {DIED_TWICE}")

    def mapped(self, workers: Callable[..., Iterable[Any]]) -> None:
        """Do all units through a map-like function, and here what it leaves undone."""
        numbered = tuple(enumerate(self.units))
        problem = "returned too few results"
        with tempfile.TemporaryDirectory() as folder:
            ledger = Path(folder, "started")
            ledger.touch()
            answers = workers(_Noted(self.work, str(ledger)), numbered)
            with closing(_closable(answers)) as results:
                try:
                    for (index, _), result in zip(numbered, results, strict=False):
                        self.keep(index, result)
                except Exception as cause:  # an engine has errors of its own for a lost worker
                    problem = f"raised {type(cause).__name__}"
            started = Counter(map(int, ledger.read_text().split()))
        repeated = [i for i, times in sorted(started.items()) if times > 1 and i in self.found.results]
        if repeated:
            self.found.deaths.append(
                f"the workers started {self.named(repeated)} more than once, as after the death of a worker"
            )
        left = [index for index, _ in numbered if index not in self.found.results]
        if left:
            self.found.deaths.append(
                f"the function given as workers {problem}; {self.named(left)} ran again on this machine"
            )
            self.pooled(deque_of(left), 1)


@dataclass(frozen=True)
class _Noted:
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
