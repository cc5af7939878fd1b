"""One thread for each process: workers share the cores already, and BLAS would start more threads."""

from __future__ import annotations

import importlib
import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def one_thread() -> None:
    """Keep libraries to one thread: later loaded ones, and loaded ones where threadpoolctl is installed."""
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        return
    threadpoolctl.threadpool_limits(1)
