"""A process for each mutant: what it does to memory, files' contents in memory or the clock ends with it."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck.mutants.judge import Judge
from gradcheck.mutation import UNFILLED
from gradcheck.running import end_with, limit_threads, loaded_frameworks

MEMORY = 2 * 2**30
"""Bytes that a mutant may take beyond what the process has that starts it: examples are small, and a mistake
in a size asks for far more or for none. Half is still ten times what PyTorch takes; twice as much, in two
processes, is all that a small machine has."""
PATIENCE = 10.0
"""Seconds on the clock for each second of processor time that a mutant is allowed: it may sleep, or wait for
a busy machine."""


class Unstartable(Exception):  # noqa: N818 -- it says what is the case
    """A layer that can't be handed to a process which is started anew; the sentence says what to do."""


@dataclass(frozen=True)
class Task:
    """What a process is to do: a method of a judge, and what it is called with."""

    method: str
    arguments: tuple[Any, ...]
    seconds: float
    """How much processor time it may take."""


@dataclass
class Running:
    """A task that is being done."""

    task: Task
    process: Any
    connection: Connection
    deadline: float


@dataclass
class Nursery:
    """Starts processes that work for one judge, a few at a time, and ends those that take too long."""

    judge: Judge
    is_forked: bool
    running: dict[int, Running] = field(default_factory=dict)

    def start(self, number: int, task: Task) -> None:
        """Begin a task under a number of its own.

        Raises
        ------
        Unstartable
            If the layer can't be handed over.
        """
        context: Any = get_context("fork" if self.is_forked else "spawn")
        here, there = context.Pipe(duplex=False)
        arguments = (self.judge, task, there, os.getpid())
        process = context.Process(target=_work, args=arguments, daemon=True)
        try:
            with _quietly(is_forked=self.is_forked):
                process.start()
        except Exception as cause:
            if self.is_forked:
                raise
            message = (
                "here processes are started anew (it is no Linux, or a framework has computed already), and "
                f"the layer can't be handed to them ({type(cause).__name__}: {cause}); let the command find "
                "it: gradcheck mutate FILE"
            )
            raise Unstartable(message) from cause
        there.close()
        self.running[number] = Running(task, process, here, time.monotonic() + PATIENCE * task.seconds)

    def wait(self, patience: float) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what is done as soon as something is: each number with what its task returned.

        A task that did not end returns how: ``{"how": "endless"}``, ``"memory"`` or ``"died"``, and a reason.
        Nothing is yielded if nothing is done after so many seconds.
        """
        left = min(run.deadline for run in self.running.values()) - time.monotonic()
        ready = wait([run.connection for run in self.running.values()], max(min(left, patience), 0.0))
        now = time.monotonic()
        for number, run in list(self.running.items()):
            if run.connection in ready or now >= run.deadline:
                del self.running[number]
                yield number, self._result(run, is_late=run.connection not in ready)

    def stop(self) -> None:
        """End all processes at once."""
        for run in self.running.values():
            run.process.kill()
        for run in self.running.values():
            run.process.join()
            run.connection.close()
        self.running.clear()

    def _result(self, run: Running, *, is_late: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if is_late:
            run.process.kill()
        else:
            with suppress(EOFError, OSError):
                found = run.connection.recv()
        run.process.join()
        run.connection.close()
        code = run.process.exitcode
        if found:
            return dict(found.get("result", found))
        if is_late or code == -getattr(signal, "SIGXCPU", 0):
            return {"how": "endless", "reason": f"did not end in {run.task.seconds:.0f} s"}
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        return {"how": "died", "reason": f"its process ended {how}"}


def may_fork() -> bool:
    """Return whether processes can be forked: where frameworks are loaded, not once their threads run."""
    if sys.platform != "linux":
        return False
    return not loaded_frameworks() or len(list(Path("/proc/self/task").iterdir())) <= (os.cpu_count() or 1)


@contextmanager
def _quietly(*, is_forked: bool) -> Iterator[None]:
    """Start a process without a warning of threads, and without the caller's script."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 and JAX warn of every fork beside threads
        if is_forked:
            yield
            return
        main = sys.modules["__main__"]
        sys.modules["__main__"] = type(sys)("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _work(judge: Judge, task: Task, connection: Connection, parent: int) -> None:
    """Do a task in a process of its own, and hand over what it returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- it ends with the process
    end_with(parent)
    limit_threads()
    _limit(task.seconds)
    for name, filled in UNFILLED.items():
        setattr(np, name, filled)
    try:
        found = {"result": getattr(judge, task.method)(*task.arguments)}
    except MemoryError:
        found = {"how": "memory", "reason": f"asked for more than {MEMORY >> 30} GB of memory"}
    except BaseException as cause:
        found = {"how": "died", "reason": f"the run ended with {type(cause).__name__}: {cause}"}
    connection.send(found)
    connection.close()
    os._exit(0)  # nothing that the user's modules have registered for the end is theirs to do here


def _limit(seconds: float) -> None:
    """Let this process have so much processor time and memory, and end it otherwise."""
    try:
        import resource
    except ImportError:  # on Windows, where the clock alone ends it
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
