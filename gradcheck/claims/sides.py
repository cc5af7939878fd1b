"""Both sides of a claim at one input, drawn, evaluated and compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.claims.claim import Claim
from gradcheck.claims.gradients import Estimate
from gradcheck.judging import compare_arrays
from gradcheck.layers import evaluate_shape
from gradcheck.sampling import integers
from gradcheck.types import Array, Rng


class SideRaised(Exception):  # noqa: N818 -- it reports an event inside the claim's own code
    """One side of a claim raised at inputs of its domain."""


@dataclass(frozen=True)
class Instance:
    """One input of a claim."""

    inputs: dict[str, Array]
    options: dict[str, Any]
    sizes: dict[str, int]

    @property
    def known(self) -> dict[str, Any]:
        """Everything that a predicate may ask for."""
        return {**self.inputs, **self.sizes, **self.options}


def entries(claim: Claim, sizes: dict[str, int], options: dict[str, Any], rng: Rng) -> dict[str, Array]:
    """Return random inputs of the shapes that these sizes and options make."""
    known = {**sizes, **options}
    if claim.numerical:
        return {name: rng.standard_normal(evaluate_shape(s, known)) for name, s in claim.shapes.items()}
    return {
        name: integers(evaluate_shape(s, known), claim.span, rng).astype(np.int64)
        for name, s in claim.shapes.items()
    }


def differ(claim: Claim, instance: Instance) -> tuple[Array, Array] | None:
    """Return both sides of a claim at one input if they differ there, else None.

    A right side that can't be computed at an input of the domain, because its shapes do not go
    together there, differs from any left side.

    Raises
    ------
    SideRaised
        If a side raises otherwise.
    """
    left = _side(claim, "lhs", instance)
    try:
        right = _side(claim, "rhs", instance)
    except SideRaised as raised:
        if not isinstance(raised.__cause__, ValueError | IndexError):
            raise
        said = f"can't be computed ({type(raised.__cause__).__name__}: {raised.__cause__})"
        return np.asarray(left.value if isinstance(left, Estimate) else left), np.asarray(said)
    bound = left.error if isinstance(left, Estimate) else None
    a, b = (np.asarray(s.value if isinstance(s, Estimate) else s) for s in (left, right))
    if a.shape != b.shape:
        return a, b
    if not claim.numerical:
        return None if bool(np.all(a == b)) else (a, b)
    wide = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    eps = float(np.finfo(np.float64).eps)
    agreed = compare_arrays(*wide, lambda: np.zeros(b.shape) if bound is None else bound, eps)
    return None if agreed.agree else (a, b)


def _side(claim: Claim, name: str, instance: Instance) -> Any:
    side: Callable[..., Any] = getattr(claim, name)
    try:
        return side(*(a.copy() for a in instance.inputs.values()), **instance.options)
    except Exception as cause:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in instance.inputs.items())
        message = f"{name} of claim {claim.id!r} raised {type(cause).__name__}: {cause} (at {shapes})"
        raise SideRaised(message) from cause
