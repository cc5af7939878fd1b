"""Hostile inputs make layers overflow; what matters of that is in the values, not in the warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import numpy as np

OF_OUR_CALLS = (
    "None of the inputs have requires_grad",  # a checkpoint of PyTorch's, in forward by itself
    "The .grad attribute of a Tensor that is not a leaf",  # its compiler, at inputs that may be written into
)
"""How warnings begin that tell of the way in which functions are called here, and of nothing of theirs."""
_shown: set[tuple[str, str, int]] = set()
"""The warnings that were shown in this process, by their words and lines."""


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Silence floating-point warnings, of NumPy's ufuncs and of its Python code; show others once.

    By itself Python shows a warning once for each line that gives it, but forgets that it has as often as
    filters change, which is at every example.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", "|".join(OF_OUR_CALLS))
        show = warnings.showwarning

        def show_once(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            place = str(message), filename, lineno
            if place not in _shown:
                _shown.add(place)
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = show_once
        yield
