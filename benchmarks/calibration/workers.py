"""Two processes, each on one thread, that answer in the order in which they were asked."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

T = TypeVar("T")

PROCESSES = 2
CHUNK = 5
"""Items that one process is handed at a time."""
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


@contextmanager
def workers() -> Iterator[ProcessPoolExecutor]:
    """Start the processes, and end them with the block; unfinished work is dropped if it raises."""
    os.environ.update(ONE_THREAD)  # read by the libraries when the new processes import them
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def spread(
    pool: ProcessPoolExecutor, work: Callable[[int], T], indices: Sequence[int], tick: Callable[[], None]
) -> list[T]:
    """Return ``[work(i) for i in indices]``, computed by a pool.

    Parameters
    ----------
    pool
        Of `workers`.
    work
        Picklable: a function of a module, or a `functools.partial` of one.
    indices
        What to work on.
    tick
        Called once for each item that is finished.
    """
    chunks = [indices[start : start + CHUNK] for start in range(0, len(indices), CHUNK)]
    results: list[T] = []
    for done in pool.map(partial(_chunk, work), chunks):
        results.extend(done)
        for _ in done:
            tick()
    return results


def _chunk(work: Callable[[int], T], indices: Sequence[int]) -> list[T]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # steps that overflow are part of the job
        return [work(i) for i in indices]
