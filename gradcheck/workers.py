"""`workers=`: work in several processes, or through any map-like function; nothing is lost silently."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, TypeAlias

from gradcheck.threads import one_thread

Workers: TypeAlias = int | Callable[..., Iterable[Any]]
Work: TypeAlias = Callable[[Any], Any]
Finished: TypeAlias = Callable[[int, Any], None]

DIED_TWICE = "the worker process that ran it died twice"
WATCH = 0.5
"""Seconds after which a worker notices that the process which started it is gone."""


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
        with _pool(self.work, self.units, count) as pool:
            running: dict[Future[Any], int] = {}
            while todo or running:
                try:
                    while todo and len(running) < count:
                        future = _submitted(pool, todo[-1])
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


@contextmanager
def _pool(work: Work, units: tuple[Any, ...], count: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, and end them with the block: at once, if it raises.

    Forked ones hold the work already, so that layers may be lambdas, closures and objects, which
    no other start method can hand over; and they need no `if __name__ == "__main__"` in the
    caller's script. A fork copies the calling thread only: OpenBLAS ends its threads before one, and
    no lock of ours is held, but elsewhere than on Linux system libraries do not survive it, so
    there processes are started anew and the work has to be picklable.
    """
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    others = set(active_children())
    job = (work, units, os.getpid())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_adopt, initargs=job)
    try:
        yield pool
    except BaseException:
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, index: int) -> Future[Any]:
    with warnings.catch_warnings():  # Python 3.12 warns of every fork beside threads; `_pool` says why
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        return pool.submit(_done, index)


_ADOPTED: dict[str, Any] = {}
"""In a worker: what it works on."""


def _adopt(work: Work, units: tuple[Any, ...], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    _ADOPTED.update(work=work, units=units)
    one_thread()
    threading.Thread(target=_orphaned, args=(parent,), daemon=True).start()


def _orphaned(parent: int) -> None:
    """End this process once its parent has gone without a word."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _done(index: int) -> Any:
    return _ADOPTED["work"](_ADOPTED["units"][index])
