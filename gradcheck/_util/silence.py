"""Hostile inputs make layers overflow; what matters of that is in the values, not in the warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Silence floating-point warnings, of NumPy's ufuncs and of its Python code."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
