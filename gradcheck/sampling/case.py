"""`Case`: an example as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, repr=False)
class Case:
    """An example before a trial is made of it: the primals, the options, and the seed of the rest."""

    primals: tuple[Any, ...]
    options: dict[str, Any]
    seed: int

    def __repr__(self) -> str:
        """Return something short: Hypothesis prints every failing case, which nobody reads."""
        return f"Case(seed={self.seed})"
