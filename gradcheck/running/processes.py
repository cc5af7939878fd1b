"""Worker processes of this machine: how they start, what they hold, and that none outlives its parent."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context
from typing import Any, TypeAlias

Work: TypeAlias = Callable[[Any], Any]

WATCH = 0.5
"""Seconds after which a worker notices that the process which started it is gone. Half would wake it
twice as often for nothing; twice would leave it alive for a second longer."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""What tells libraries of linear algebra how many threads they may start."""


@contextmanager
def open_pool(work: Work, units: tuple[Any, ...], count: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, and end them with the block: at once, if it raises.

    Parameters
    ----------
    work, units
        What `submit` calls on the units, by their positions.
    count
        How many processes at most.

    Forked ones hold the work already, so that layers may be lambdas, closures and objects, which
    no other start method can hand over; and they need no `if __name__ == "__main__"` in the
    caller's script. A fork copies the calling thread only: OpenBLAS ends its threads before one, and
    no lock of ours is held, but elsewhere than on Linux system libraries do not survive it, so
    there processes are started anew and the work has to be picklable.
    """
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    others = set(active_children())
    job = (work, units, os.getpid())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=job)
    try:
        yield pool
    except BaseException:
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def submit(pool: ProcessPoolExecutor, index: int) -> Future[Any]:
    """Hand one unit to a pool of `open_pool`."""
    with warnings.catch_warnings():  # Python 3.12 warns of every fork beside threads; `open_pool` says why
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        return pool.submit(_run_unit, index)


_JOB: dict[str, Any] = {}
"""In a worker: what it works on."""


def _start_worker(work: Work, units: tuple[Any, ...], parent: int) -> None:
    # A progress bar's own streams hold a lock, which a thread that was not copied may have held.
    sys.stdout, sys.stderr = sys.__stdout__ or sys.stdout, sys.__stderr__ or sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    _JOB.update(work=work, units=units)
    _limit_threads()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _limit_threads() -> None:
    """Keep linear algebra to one thread: workers share the cores already, and more would slow them down."""
    os.environ.update(dict.fromkeys(THREADS, "1"))  # for libraries that are loaded later
    with suppress(ImportError):  # for loaded ones, where the package is installed
        importlib.import_module("threadpoolctl").threadpool_limits(1)


def _watch(parent: int) -> None:
    """End this process once its parent has gone without a word."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _run_unit(index: int) -> Any:
    return _JOB["work"](_JOB["units"][index])
