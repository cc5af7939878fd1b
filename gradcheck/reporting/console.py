"""What the command prints when a run is over: tables, what was found in words, and a closing line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcheck.claims import Ruling
from gradcheck.reporting.message import repeat_command
from gradcheck.reporting.report import Report
from gradcheck.reporting.terminal import (
    NARROW,
    claim_rows,
    claims_table,
    exemption_notes,
    layer_rows,
    legend,
    summary,
    table,
)
from gradcheck.types import Verdict

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 120
"""A pipe has no width of its own; this one holds the whole table. Messages are wrapped on a terminal: in a
pipe each row is one line, so that what is piped can be searched."""


def print_run(
    console: Console,
    found: Sequence[Report | Ruling],
    commands: Sequence[str],
    seconds: float,
    deaths: Sequence[str],
) -> None:
    """Print tables, what is not correct in words, and a line that sums up.

    Parameters
    ----------
    console
        Where.
    found, commands
        Reports and rulings, each with the command that brings it up again.
    seconds
        How long the run took.
    deaths
        Which worker processes died, in sentences.
    """
    reports = [result for result in found if isinstance(result, Report)]
    rulings = [result for result in found if isinstance(result, Ruling)]

    def say(text: str, *, wrap: bool) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=not wrap)

    if reports:
        console.print()
        console.print(table(reports) if console.width >= NARROW else layer_rows(reports))
        console.print(legend(reports), style="dim", highlight=False)
    if rulings:
        console.print()
        console.print(claims_table(rulings) if console.width >= NARROW else claim_rows(rulings))
    width = console.width if console.is_terminal or console.width < PIPE_WIDTH else None
    for result, command in zip(found, commands, strict=True):
        if result.verdict is not Verdict.CORRECT or exemption_notes([result]):
            say("\n" + _describe(result, command, width), wrap=False)
    say("\n" + summary(reports, rulings, found[0].seed, seconds), wrap=width is not None)
    for death in deaths:
        say(f"workers: {death}", wrap=width is not None)


def _describe(result: Report | Ruling, command: str, width: int | None) -> str:
    if isinstance(result, Ruling):
        return str(result)
    return result.describe(repeat_command(command, result.results), width=width)
