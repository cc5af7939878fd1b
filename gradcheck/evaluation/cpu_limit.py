"""An end to calls that may never end by themselves, by the time that they compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gradcheck._util import ring_after


class Endless(KeyboardInterrupt):
    """A call has computed for longer than it may. It is raised as Ctrl-C is, which most code lets through."""


@contextmanager
def limit_cpu(seconds: float) -> Iterator[None]:
    """Raise `Endless` inside of the block once the main thread has computed for so many seconds.

    What other threads and the machine do meanwhile does not count; see `ring_after`.
    """

    def ring() -> None:
        raise Endless

    with ring_after(seconds, ring, of_processor=True):
        yield
