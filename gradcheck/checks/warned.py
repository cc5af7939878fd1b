"""Floating-point warnings of a call: overflow, division by zero, invalid values."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from gradcheck.errors import LayerRaised


def warning(call: Callable[[], object]) -> str | None:
    """Return the first floating-point warning that a call of the user's functions gives, or None."""
    with np.errstate(over="raise", invalid="raise", divide="raise"), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            call()
        except LayerRaised as raised:
            if isinstance(raised.cause, FloatingPointError | RuntimeWarning):
                return str(raised.cause)
            raise
    return None
