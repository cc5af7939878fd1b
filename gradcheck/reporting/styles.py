"""How each verdict looks: its mark, its words and its colours, everywhere the same."""

from __future__ import annotations

from dataclasses import dataclass

from gradcheck.reporting.plots.colours import DERIVED, DOUBTFUL, EXEMPT, FLAWED, NUMERICAL, QUIET
from gradcheck.types import Verdict


@dataclass(frozen=True)
class Style:
    """How one verdict looks.

    Parameters
    ----------
    mark
        One character, which says it without a colour.
    words
        The verdict, as it follows "is" or stands in a legend.
    terminal
        Its style on a terminal, in Rich's words: the last one is a colour.
    colour, marker
        Its colour in pictures and notebooks, and the shape of its dots in Matplotlib's words.
    """

    mark: str
    words: str
    terminal: str
    colour: str
    marker: str


STYLES = {
    Verdict.CORRECT: Style("✓", "correct", "green", NUMERICAL, "o"),
    Verdict.WRONG: Style("✗", "wrong", "bold red", DERIVED, "X"),
    Verdict.FLAWED: Style("!", "flawed", "bold magenta", FLAWED, "D"),
    Verdict.UNVERIFIED: Style("?", "unverified", "bold yellow", DOUBTFUL, "^"),
    Verdict.NOT_APPLICABLE: Style("·", "does not apply", "dim", QUIET, "s"),
    Verdict.EXEMPT: Style("e", "exempt", "dim cyan", EXEMPT, "v"),
}
