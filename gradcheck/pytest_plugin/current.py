"""The test that is running: what a check is told of it, and what it leaves with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import pytest

from gradcheck.claims import Ruling
from gradcheck.layers import SourceLine
from gradcheck.reporting import Report

_ITEM: ContextVar[pytest.Item | None] = ContextVar("the test that is running", default=None)


@dataclass(frozen=True)
class Note:
    """What a test found, as it travels to the process that writes the reports.

    Parameters
    ----------
    place
        Where the layer or claim was collected: a module, or a test function.
    found
        A report of one check, a ruling, or the sentence that something lacks a check.
    line
        Where the derivation stands, if that is known.
    rank
        The test's place among all that were collected: workers finish in any order.
    """

    place: str
    found: Report | Ruling | str
    line: SourceLine | None
    rank: int = 0


NOTES = pytest.StashKey[list[Note]]()
RANK = pytest.StashKey[int]()


@contextmanager
def running(item: pytest.Item) -> Iterator[None]:
    """Make a test the one that is running."""
    token = _ITEM.set(item)
    try:
        yield
    finally:
        _ITEM.reset(token)


def current() -> pytest.Item | None:
    """Return the test that is running, or None without the plugin."""
    return _ITEM.get()


def leave(item: pytest.Item, note: Note) -> None:
    """Leave a note with a test, and its verdict among the properties that JUnit files show."""
    item.stash.setdefault(NOTES, []).append(replace(note, rank=item.stash.get(RANK, 0)))
    found = note.found
    if isinstance(found, Report):
        result = found.results[0]
        properties = {
            "layer": found.layer,
            "check": result.check,
            "verdict": result.verdict.value,
            "sensitivity": result.sensitivity,
            "examples": result.examples,
            "seed": found.seed,
        }
    elif isinstance(found, Ruling):
        properties = {
            "claim": found.claim.id,
            "decision": found.words,
            "verdict": found.verdict.value,
            "seed": found.seed,
        }
    else:
        properties = {"missing": found}
    item.user_properties += [(f"gradcheck_{k}", v) for k, v in properties.items() if v is not None]
