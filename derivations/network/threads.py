"""How many threads a matrix product may use: in small networks they wait more than they work."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def limited(threads: int | None) -> AbstractContextManager[Any]:
    """Return a context in which BLAS uses so many threads; one, where it can be told, if left out.

    Raises
    ------
    ImportError
        If a number is given, and threadpoolctl, which tells BLAS, is not installed.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError as missing:
        if threads is None:
            return nullcontext()
        message = '--threads takes threadpoolctl, which is missing: pip install "gradcheck[data]".'
        raise ImportError(message) from missing
    limits: AbstractContextManager[Any] = threadpool_limits(threads or 1, user_api="blas")
    return limits
