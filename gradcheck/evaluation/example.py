"""`Example`: the input of a trial as findings carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gradcheck._util import Record

PRINTABLE_ENTRIES = 1000
"""Primals with more entries than this are left out of JSON."""


@dataclass(frozen=True)
class Example(Record):
    """The input at which a finding was made, small enough to be read and enough to repeat it."""

    shapes: Mapping[str, tuple[int, ...]]
    options: Mapping[str, Any]
    primals: tuple[Any, ...] = field(compare=False)
    seed: int

    KEYS: ClassVar[str] = "shapes options seed primals=_printable"

    @property
    def _printable(self) -> tuple[Any, ...] | None:
        """The primals, or None where they are large: the seed gives them back."""
        small = sum(int(np.size(p)) for p in self.primals) <= PRINTABLE_ENTRIES
        return self.primals if small else None
