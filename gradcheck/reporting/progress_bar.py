"""Progress of a long run: a live bar on a terminal, one plain line for each finished subject elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

Tick: TypeAlias = Callable[[], None]
Done: TypeAlias = Callable[[str], None]


@contextmanager
def progress(console: Console, names: Sequence[str], work: Sequence[int]) -> Iterator[tuple[Tick, Done]]:
    """Show how far a run is.

    Parameters
    ----------
    console
        Where.
    names, work
        What is to be done, in order, and how many ticks each part will give.

    Yields
    ------
    tick, done
        ``tick()`` for each small step; ``done(line)`` when a part is finished, with a line that says how.
    """
    if not console.is_terminal:
        yield lambda: None, lambda line: print(line, file=console.file, flush=True)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(names[0], total=sum(work))
        finished = 0

        def done(line: str) -> None:  # noqa: ARG001 -- the plain form prints it
            nonlocal finished
            finished += 1
            following = names[min(finished, len(names) - 1)]
            bar.update(task, completed=sum(work[:finished]), description=following)

        yield lambda: bar.advance(task), done
