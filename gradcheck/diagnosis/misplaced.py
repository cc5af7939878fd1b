"""Backward passes that read the input where the output belongs: given the output instead, they are right.

``dout * x * (1 - x)`` is the derivative of a sigmoid if x stands for what the sigmoid returned.
"""

from __future__ import annotations

import numpy as np

from gradcheck._util import draw_signed, widen
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.errors import NothingToLearn

INPUT_FOR_OUTPUT: MistakeKey = ("input for output",)
COTANGENTS = 2
"""Cotangents at which the pullback at the output is compared with the measured Jacobian; one tells nearly all
other mistakes apart."""


def is_right_at_output(s: Specimen) -> bool | None:
    """Return whether the pullback is right if it is given the output in place of the input.

    None where that can't be asked: the output has another shape, or lies where the layer does not work.
    """
    if s.y.shape != s.shape or s.nested or s.is_complex or s.own_shape != s.shape:
        return None
    there = s.trial.with_primal(s.argnum, s.y.astype(s.trial.primals[s.argnum].dtype))
    if not there.holds(s.argnum, there.primals[s.argnum]):
        return None
    rng = s.trial.rng("misplaced")
    try:
        y, pullback = there.linearise()
        if y.shape != s.y.shape:
            return None
        for _ in range(COTANGENTS):
            y_bar = draw_signed(y.shape, rng).astype(y.dtype)
            bar = pullback(y_bar.copy())[s.argnum]
            assert bar is not None
            right, allowed = s.pull_back(y_bar)
            if not np.all(np.abs(widen(bar) - right) <= allowed):
                return False
    except NothingToLearn:
        return None
    return True
