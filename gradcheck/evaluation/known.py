"""What the layer returned at one point, for all checks that ask the same of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gradcheck._util import is_finite
from gradcheck.types import Array


@dataclass(frozen=True)
class Pulled:
    """A cotangent, the primal value of the VJP, and the derived cotangents: arrays where `active`."""

    y_bar: Array
    y: Array
    x_bars: tuple[Array | None, ...]
    active: tuple[int, ...]

    @cached_property
    def not_finite(self) -> int | None:
        """The first input whose derived cotangent is not finite; None where all are."""
        pairs = ((i, self.x_bars[i]) for i in self.active)
        return next((i for i, bar in pairs if bar is not None and not is_finite(bar)), None)


@dataclass
class Known:
    """What forward and the pullback returned at a trial's own primals: several checks ask for it.

    All of it is a copy that nobody may write into, so that no later call of the layer changes it.

    Parameters
    ----------
    example
        Which example of a search it belongs to, if that is one that several checks run at. Its calls are
        counted once then, also where several processes share the checks and each of them makes its own.
    y, is_finite, is_plain
        The output, whether all of it is finite, and whether forward returned it as one array.
    y_bar, pulled
        The cotangent that checks share, and what the pullback made of it.
    """

    example: Hashable = None
    y: Array | None = None
    is_finite: bool = False
    is_plain: bool = False
    y_bar: Array | None = None
    pulled: Pulled | None = None


def seal(a: Any) -> Any:
    """Return an array that nobody may write into, since several checks have it."""
    a.flags.writeable = False
    return a
