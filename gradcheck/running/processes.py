"""Worker processes of this machine: how they start, what they hold, and that none outlives its parent."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from types import ModuleType
from typing import Any, TypeAlias

Work: TypeAlias = Callable[[Any], Any]

WATCH = 0.5
"""Seconds after which a worker notices that the process which started it is gone. Half would wake it
twice as often for nothing; twice would leave it alive for a second longer."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""What tells libraries of linear algebra how many threads they may start."""


FRAMEWORKS = ("torch", "jax")
"""Packages whose threads do not survive a fork: a forked process that calls them may wait for ever."""


class NotHandedOver(Exception):  # noqa: N818 -- it says what is the case
    """Work that a process which was started anew can't be given, with the reason."""


@dataclass(frozen=True)
class Pool:
    """Processes that work on units, by the units' positions."""

    executor: ProcessPoolExecutor
    is_forked: bool

    def submit(self, index: int) -> Future[Any]:
        """Hand over one unit."""
        if self.is_forked:
            with warnings.catch_warnings():  # Python 3.12 warns of every fork beside threads
                warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
                return self.executor.submit(_run_unit, index)
        with _hide_main():
            return self.executor.submit(_run_unit, index)


@contextmanager
def open_pool(work: Work, units: tuple[Any, ...], count: int) -> Iterator[Pool]:
    """Start processes, and end them with the block: at once, if it raises.

    Parameters
    ----------
    work, units
        What the pool calls, and on what.
    count
        How many processes at most.

    Raises
    ------
    NotHandedOver
        If processes are started anew, and the work can't be pickled; in the pool, if it can't be unpickled.

    Forked ones hold the work already, so that layers may be lambdas, closures and objects, which
    no other start method can hand over; and they need no `if __name__ == "__main__"` in the
    caller's script. A fork copies the calling thread only: OpenBLAS ends its threads before one, and
    no lock of ours is held, but the threads of PyTorch and JAX do not survive it, nor do system libraries
    elsewhere than on Linux. There processes are started anew and the work has to be picklable.
    """
    is_forked = not explain_new_processes()
    context = get_context("fork" if is_forked else "spawn")
    job = (work, units) if is_forked else _pack(work, units)
    others = set(active_children())
    arguments = (job, os.getpid())
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=arguments)
    try:
        yield Pool(executor, is_forked)
    except BaseException:
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def loaded_frameworks() -> list[str]:
    """Return the packages in this process whose threads do not survive a fork."""
    return [name for name in FRAMEWORKS if name in sys.modules]


def explain_new_processes() -> str:
    """Return why processes can't be forked here, in words; nothing where they can."""
    if sys.platform != "linux":
        return f"on {sys.platform} processes are started anew"
    loaded = loaded_frameworks()
    return f"beside {' and '.join(loaded)} a fork may hang, so that processes are started anew" * bool(loaded)


def _pack(work: Work, units: tuple[Any, ...]) -> bytes:
    try:
        text = pickle.dumps((work, units))
    except Exception as cause:  # a __reduce__ of the user's may raise anything
        message = f"{type(cause).__name__}: {cause}"
        raise NotHandedOver(message) from cause
    if b"__main__" in text:
        message = "it belongs to the script itself, which they do not run"
        raise NotHandedOver(message)
    return text


@contextmanager
def _hide_main() -> Iterator[None]:
    """Keep new processes from running the caller's script, which would start processes of its own."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


_JOB: dict[str, Any] = {}
"""In a worker: what it works on."""


def _start_worker(job: tuple[Work, tuple[Any, ...]] | bytes, parent: int) -> None:
    # A progress bar's own streams hold a lock, which a thread that was not copied may have held.
    sys.stdout, sys.stderr = sys.__stdout__ or sys.stdout, sys.__stderr__ or sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    end_with(parent)
    limit_threads()
    try:
        work, units = pickle.loads(job) if isinstance(job, bytes) else job
    except Exception as cause:  # a module that is not found here, or whatever else the user's code raises
        _JOB.update(problem=f"{type(cause).__name__}: {cause}")
    else:
        _JOB.update(work=work, units=units)


def limit_threads() -> None:
    """Keep linear algebra to one thread: workers share the cores already, and more would slow them down."""
    os.environ.update(dict.fromkeys(THREADS, "1"))  # for libraries that are loaded later
    with suppress(ImportError):  # for loaded ones, where the package is installed
        importlib.import_module("threadpoolctl").threadpool_limits(1)


def end_with(parent: int) -> None:
    """End this process with the one that started it, at the latest `WATCH` seconds later."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    """End this process once its parent has gone without a word."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _run_unit(index: int) -> Any:
    if "problem" in _JOB:
        raise NotHandedOver(_JOB["problem"])
    return _JOB["work"](_JOB["units"][index])
