"""What a layer's functions are given, watched for changes as far as anybody can see them."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck._util import describe_value, duplicate
from gradcheck.checks.bits import same
from gradcheck.evaluation import Trial

GENERATORS = np.random.Generator | np.random.RandomState | random.Random
"""Options that a layer uses up by drawing from them; every call gets a copy in the same state."""


@dataclass(frozen=True)
class Watched:
    """What the functions are given by name, with copies made before, and what no copy can tell of."""

    given: Mapping[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    unseen: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Watched:
        """Copy values; one that is not even the same as its own copy can't be watched."""
        made = cls(given)
        for name, value in given.items():
            snapshot, unseen = duplicate(value), list[str]()
            if _is_plain(value) or same(value, snapshot, unseen):
                made.kept[name] = snapshot
            else:
                unseen.append(describe_value(value))
            if unseen and not isinstance(value, GENERATORS):
                made.unseen[name] = unseen
        return made

    def find_changed(self) -> list[str]:
        """Return the names of those that are not what they were."""
        return [name for name, then in self.kept.items() if not same(self.given[name], then)]


def _is_plain(value: Any) -> bool:
    """Return whether a value is an array of numbers, which is the same as its copy."""
    return type(value) is np.ndarray and value.dtype.kind in "fiubc"


@dataclass(frozen=True)
class Given:
    """The arguments of a layer's functions, and its options."""

    inputs: Watched
    options: Watched
    state: Collection[str]

    @classmethod
    def of(cls, trial: Trial) -> Given:
        """Copy what a trial gives to the layer's functions."""
        inputs = dict(zip(trial.inputs.owners, trial.arguments(), strict=True))
        return cls(Watched.of(inputs), Watched.of(trial.settings()), trial.layer.state)

    def changed_options(self) -> list[str]:
        """Return the names of the options that were changed and may not be: state and generators may."""
        free = [name for name, value in self.options.given.items() if isinstance(value, GENERATORS)]
        return [name for name in self.options.find_changed() if name not in (*self.state, *free)]

    @property
    def note(self) -> str:
        """What could not be watched, as a sentence; empty if everything was."""
        unseen = self.inputs.unseen | self.options.unseen
        text = "; ".join(
            f"{name!r} holds {', '.join(dict.fromkeys(kinds))}" for name, kinds in unseen.items()
        )
        return f"{text}: what can't be copied or compared is not watched for changes" if text else ""
