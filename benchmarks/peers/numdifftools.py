"""``numdifftools.Gradient`` of ⟨ȳ, f⟩, with its own defaults, by the rule that `scipy.rejects` goes by."""

from __future__ import annotations

import numdifftools
import numpy as np

from benchmarks.calibration.peers.flat import ALLOWED, Flat
from benchmarks.calibration.peers.pair import Pair


def rejects(pair: Pair) -> bool:
    """Return whether the derived gradient is too far from the one it measures."""
    flat = Flat.of(pair)
    derived = flat.gradient(flat.start)
    apart = np.linalg.norm(derived - numdifftools.Gradient(flat.value)(flat.start))
    return not apart <= ALLOWED * np.linalg.norm(derived)
