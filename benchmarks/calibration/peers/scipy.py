"""``scipy.optimize.check_grad`` on ⟨ȳ, f⟩, with its own defaults and, as it returns a norm, a rule for it.

The rule is relative: ‖derived − forward difference‖₂ ≤ 10⁻⁶ ‖derived‖₂. A forward difference at the
default step √ε carries an error near √ε = 1.5·10⁻⁸ of the gradient; 10⁻⁶ is some 70 times that.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import check_grad

from benchmarks.calibration.peers.flat import ALLOWED, Flat
from benchmarks.calibration.peers.pair import Pair


def rejects(pair: Pair) -> bool:
    """Return whether the norm that it returns is too large, or not a number."""
    flat = Flat.of(pair)
    apart = check_grad(flat.value, flat.gradient, flat.start)
    return not apart <= ALLOWED * np.linalg.norm(flat.gradient(flat.start))
