"""The generators that all code of a process shares: whether they moved, and how to put them back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

NAMES = ("numpy.random", "random")
"""The modules whose functions draw from one generator for everybody."""


def global_states() -> dict[str, Any]:
    """Return the state of each global generator, by the name of its module."""
    legacy: Any = np.random.get_state()  # noqa: NPY002 -- this is the generator that is watched
    kind, keys, *rest = legacy
    return {"numpy.random": (kind, keys.tobytes(), *rest), "random": random.getstate()}


@contextmanager
def untouched_randomness() -> Iterator[None]:
    """Put the global generators back as they were: a user's own draws must not depend on a check."""
    legacy, standard = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(legacy)  # noqa: NPY002
        random.setstate(standard)
