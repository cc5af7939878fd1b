"""How many examples, and from which seed: the command line, else the Hypothesis profile."""

from __future__ import annotations

import os
import shlex
import zlib
from dataclasses import dataclass

import hypothesis
import pytest


@dataclass(frozen=True)
class Limits:
    """What a test's examples follow from."""

    seed: int
    max_examples: int
    config: pytest.Config | None = None

    @classmethod
    def of(cls, config: pytest.Config | None) -> Limits:
        """Return the limits of a run, or without the plugin those of the profile alone."""
        profile = hypothesis.settings()
        asked = config.getoption("gradcheck_max_examples", None) if config else None
        return cls(_seed(config, profile), asked or profile.max_examples, config)

    def repeat(self, test: str) -> str:
        """Return the command that repeats a test."""
        if self.config is None:
            return f"pytest {shlex.quote(test)} --hypothesis-seed={self.seed}"
        options = f"--gradcheck-seed={self.seed} --gradcheck-max-examples={self.max_examples}"
        return f"pytest {shlex.quote(test)} {options}"


def profile_name() -> str:
    """Return the name of the active Hypothesis profile."""
    newer = getattr(hypothesis.settings, "get_current_profile_name", None)  # newer versions
    return str(newer() if newer is not None else hypothesis.settings._current_profile)


def _seed(config: pytest.Config | None, profile: hypothesis.settings) -> int:
    asked = config.getoption("gradcheck_seed", None) if config else None
    if asked is not None:
        return int(asked)
    forced = hypothesis.core.global_force_seed  # what --hypothesis-seed sets: a number, or any text
    if forced is not None:
        return forced if isinstance(forced, int) else zlib.crc32(str(forced).encode())
    if profile.derandomize:
        return 0
    # The seed of a run that nobody gave one is the same for all its tests and workers.
    run = config.pluginmanager.get_plugin("gradcheck-run") if config else None
    return int.from_bytes(os.urandom(4), "little") if run is None else int(run.seed)
