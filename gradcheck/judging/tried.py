"""What was tried: every example of a check in one short record, which says what was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradcheck._util import Record
from gradcheck.types import Verdict

MOST_TRIED = 200
"""So many examples of a check are remembered."""
NOTHING = "-"


@dataclass(frozen=True)
class Tried:
    """One example of a check, in short.

    Parameters
    ----------
    shapes
        The inputs' shapes.
    verdict
        The check's verdict at this example.
    resolution
        The smallest relative error that it would have seen in every input that it verified.
    ratio
        The difference found as a part of what is allowed: above 1 is wrong. None where nothing was compared.
    """

    shapes: Mapping[str, tuple[int, ...]]
    verdict: Verdict
    resolution: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Columns(Record):
    """Examples as texts, each with a word for every example.

    Parameters
    ----------
    shapes
        By input, as ``2x3`` or ``scalar``.
    verdicts
        By their first letters.
    resolution, ratio
        To two digits; ``-`` stands for what was not measured, and None where nothing was.
    """

    shapes: Mapping[str, str]
    verdicts: str
    resolution: str | None
    ratio: str | None


def columns(tried: Sequence[Tried]) -> Columns | None:
    """Return examples as columns, or None where there are none."""
    if not tried:
        return None
    return Columns(
        {name: " ".join(_shape(example.shapes.get(name)) for example in tried) for name in tried[0].shapes},
        " ".join(example.verdict.value[0] for example in tried),
        _numbers([example.resolution for example in tried]),
        _numbers([example.ratio for example in tried]),
    )


def _shape(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return NOTHING
    return "x".join(map(str, shape)) or "scalar"


def _numbers(values: Sequence[float | None]) -> str | None:
    if all(value is None for value in values):
        return None
    return " ".join(NOTHING if value is None else f"{value:.2g}" for value in values)
