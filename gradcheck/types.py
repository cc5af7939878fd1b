"""The words that every floor shares: arrays, primals, and the four verdicts."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Primals: TypeAlias = tuple[Any, ...]
"""The inputs of a layer, in order: arrays, or Python numbers standing for 0-d arrays."""
Cotangents: TypeAlias = tuple[Any, ...]
"""One cotangent for each primal; ``None`` where the primal has no derivative."""
Pullback: TypeAlias = Callable[[Any], Any]
Options: TypeAlias = Mapping[str, Any]
Rng: TypeAlias = np.random.Generator


class Verdict(StrEnum):
    """What a check concluded.

    ``WRONG`` says that the derived gradient is not the derivative, and nothing else. ``FLAWED`` is a layer
    that breaks another rule its callers rely on: it changes its inputs, say, or answers in another
    precision. ``NOT_APPLICABLE`` and ``EXEMPT``, which is left out for a reason that the layer's author
    wrote down, are verdicts of a single check only; a whole report is never that.
    """

    CORRECT = "CORRECT"
    WRONG = "WRONG"
    FLAWED = "FLAWED"
    UNVERIFIED = "UNVERIFIED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    EXEMPT = "EXEMPT"

    @property
    def is_failure(self) -> bool:
        """Whether something was shown to be wrong, be it the gradient or the layer's conduct."""
        return self in (Verdict.WRONG, Verdict.FLAWED)


CHECK_NAMES = (
    *("finite-difference", "exact", "complex-step", "oracle", "reference", "jvp", "second-order"),
    *("linearity", "contract"),
    *("purity", "determinism", "layout", "dtype", "extremes", "batch", "cache", "accumulation", "state"),
    *("empty", "kink", "subsets", "undefined", "strides", "saved", "double-backward", "compiled", "vmap"),
    "jacobian",
)
"""The names of all checks, which a layer may name before any check is loaded."""
SEVERITY = (Verdict.WRONG, Verdict.FLAWED, Verdict.UNVERIFIED, Verdict.CORRECT)
"""The verdicts of a whole report, the worst first. What was shown outranks what could not be seen: a flaw is
there to be mended whether or not the gradient could be verified, which the message then says too."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; where nothing was verified, it is UNVERIFIED."""
    given = set(verdicts)
    return next((verdict for verdict in SEVERITY if verdict in given), Verdict.UNVERIFIED)
