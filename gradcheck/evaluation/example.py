"""`Example`: the input of a trial as findings carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck._util import plain

PRINTABLE_ENTRIES = 1000
"""Primals with more entries than this are left out of JSON."""


@dataclass(frozen=True)
class Example:
    """The input at which a finding was made, small enough to be read and enough to repeat it."""

    shapes: Mapping[str, tuple[int, ...]]
    options: Mapping[str, Any]
    primals: tuple[Any, ...] = field(compare=False)
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Return the example as plain data for JSON; large primals are left out, the seed gives them back."""
        small = sum(int(np.size(p)) for p in self.primals) <= PRINTABLE_ENTRIES
        return {
            "shapes": {name: list(shape) for name, shape in self.shapes.items()},
            "options": {name: plain(value) for name, value in self.options.items()},
            "seed": self.seed,
            "primals": plain(self.primals) if small else None,
        }
