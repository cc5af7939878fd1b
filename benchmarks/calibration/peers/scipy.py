"""``scipy.optimize.check_grad`` on ⟨ȳ, f⟩, with its own defaults and, as it returns a norm, a rule for it.

The rule is relative: ‖derived − forward difference‖₂ ≤ 10⁻⁶ ‖derived‖₂. A forward difference at the
default step √ε carries an error near √ε = 1.5·10⁻⁸ of the gradient; 10⁻⁶ is some 70 times that.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import check_grad

from benchmarks.calibration.peers.pair import Pair
from gradcheck.types import Array

ALLOWED = 1e-6


def rejects(pair: Pair) -> bool:
    """Return whether the norm that it returns is too large, or not a number."""
    primals = pair.primals
    rng = np.random.default_rng(pair.seed)
    y_bar = rng.standard_normal(pair.forward(*primals).shape)
    ends = np.cumsum([x.size for x in primals])[:-1]

    def inputs(flat: Array) -> list[Array]:
        parts = np.split(flat, ends)
        return [part.reshape(x.shape) for part, x in zip(parts, primals, strict=True)]

    def value(flat: Array) -> float:
        return float(np.sum(y_bar * pair.forward(*inputs(flat))))

    def gradient(flat: Array) -> Array:
        return np.concatenate([bar.ravel() for bar in pair.cotangents(y_bar, *inputs(flat))])

    start = np.concatenate([x.ravel() for x in primals])
    apart = check_grad(value, gradient, start)
    return not apart <= ALLOWED * np.linalg.norm(gradient(start))
