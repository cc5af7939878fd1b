"""A mistake whose cause is told in plain words, so that it can be written without knowing which causes are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from benchmarks.causes.record import VAGUE, Bug, Source

SEEN = "the Jacobian's terms"
"""Of a message that says which terms are wrong, and not what was done."""


@dataclass(frozen=True)
class Mistake(Bug):
    """A mistake of which `true` has one sentence, for readers, that says what was done.

    Parameters
    ----------
    words
        A regular expression that is found in a message which tells the mistake: what anybody might say of it,
        written before the first message was read.
    equal
        Likewise, found in a message that was read and says the same in a way which nobody had thought of.
    hint
        Likewise, found in a message that holds and does not lead to the mistake.
    """

    words: str
    equal: str = ""
    hint: str = SEEN

    def weigh(self, key: str, message: str) -> str:
        """Return whether a message is true, vague or false of the mistake.

        The words cannot tell a right sentence from a wrong one with the same words: a person has to read
        what is new.
        """
        if _found(self.hint, message):
            return "vague"
        if _found(self.words, message) or _found(self.equal, message):
            return "true"
        return "vague" if key.startswith(VAGUE) else "false"


def layer(name: str, forward: str, backward: str, mistakes: list[tuple[str, ...]], **fields: Any) -> Source:
    """Return a layer in source with its mistakes: what stands there, what is written, what that is, its words.

    What is equal to the words, and what hints at them, may follow.
    """
    made = tuple(Mistake(old, new, (done,), *words) for old, new, done, *words in mistakes)
    return Source(name, dedent(forward).strip(), dedent(backward).strip(), made, fields)


def _found(words: str, message: str) -> bool:
    return bool(words) and re.search(words, message, re.IGNORECASE) is not None
