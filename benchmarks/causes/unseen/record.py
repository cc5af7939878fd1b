"""A mistake whose cause is told in plain words, so that it can be written without knowing which causes are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from benchmarks.causes.record import Bug, Source


@dataclass(frozen=True)
class Mistake(Bug):
    """A mistake of which `true` has one sentence, for readers, that says what was done.

    A message tells the cause if `words`, a regular expression, is found in it. The words are what anybody might
    say, not what gradcheck says; they cannot tell a right sentence from a wrong one with the same words, so that
    a person has to read what they let through.
    """

    words: str

    def is_told_by(self, key: str, message: str) -> bool:  # noqa: ARG002 -- written without keys
        """Return whether a message names this mistake."""
        return re.search(self.words, message, re.IGNORECASE) is not None


def layer(
    name: str, forward: str, backward: str, mistakes: list[tuple[str, str, str, str]], **fields: Any
) -> Source:
    """Return a layer in source with its mistakes: what stands there, what is written, what that is, its words."""
    made = tuple(Mistake(old, new, (done,), words) for old, new, done, words in mistakes)
    return Source(name, dedent(forward).strip(), dedent(backward).strip(), made, fields)
