"""The source of random rounding, and the record of what a layer returned meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck._util import leaves
from gradcheck.evaluation.shadows import drop_shadows, has_shadow, is_inexact, shadows_of
from gradcheck.types import Rng


@dataclass
class Dice:
    """The source of the noise, until a run is over: what is left of it then is as good as plain.

    Without a generator there are no shadows; where they are still, there are shadows without noise.
    `return_values` is what functions returned, without shadows.
    `inside` is the rounding unit in which forward is known to compute inside, where that is coarser than the
    unit of its inputs: so coarsely, operations in such a type round. `coarsest` is the unit of the coarsest
    operation so far.
    """

    rng: Rng | None
    is_over: bool = False
    is_still: bool = False
    inside: float = 0.0
    coarsest: float = 0.0
    return_values: list[Any] = field(default_factory=list)
    has_lost: bool = False
    """Whether a function returned numbers without a shadow."""

    def record(self, returned: Any) -> Any:
        """Return the shadows of what a function returned, and keep the values."""
        self.return_values += [
            np.array(leaf) for _, leaf in leaves(drop_shadows(returned)) if not callable(leaf)
        ]
        self.has_lost = self.has_lost or any(
            is_inexact(leaf) and not has_shadow(leaf) for _, leaf in leaves(returned)
        )
        return shadows_of(returned)
