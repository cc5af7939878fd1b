"""What kind of thing a layer is given or gives back: numbers, plain arrays, or something that is neither."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcheck._util import leaves
from gradcheck.errors import BrokenContract

NUMBERS = (np.ndarray, np.generic, float, int, complex)
PYTHON = (float, int, complex)
"""Numbers without a precision that a caller chose: NumPy takes them in that of the array beside them."""
PLAIN = (np.ndarray, np.memmap)
"""Classes of arrays that compute as an array does; `numpy.matrix`, for one, computes other functions."""

SPECIAL = (np.matrix, np.ma.MaskedArray)
"""Classes whose values are no plain array's: read as one, a returned array would mean something else."""


def is_opaque(value: Any) -> bool:
    """Return whether a value is no number and no plain array of them, so that nothing can be known of it."""
    if isinstance(value, np.ndarray) and type(value) not in PLAIN:
        return True
    return not isinstance(value, NUMBERS) or np.asarray(value).dtype.kind not in "fiubc"


def mend(value: Any, name: str, verb: str) -> str:
    """Return what to do with an array of another class, or with what can make an array of itself."""
    if isinstance(value, np.ma.MaskedArray):
        return f"its mask would be lost; {verb} {name}.filled(0), and the mask as an array beside it"
    if isinstance(value, np.ndarray) and type(value) not in PLAIN:
        return f"arrays of that class compute other things; {verb} np.asarray({name})"
    for method in ("toarray", "to_numpy"):
        if hasattr(value, method):
            kept = f", or declare constants=({name!r},)" if verb == "pass" else ""
            return f"{verb} {name}.{method}(){kept}"
    return ""


def refuse_special(what: str, value: Any, name: str) -> None:
    """Raise `BrokenContract` if a returned array is of a class that means something else."""
    if isinstance(value, SPECIAL):
        message = f"{what} is {describe_kind(value)}: {mend(value, name, 'return')}"
        raise BrokenContract(message)


def is_written_out(value: Any) -> bool:
    """Return whether a value is a list of numbers, or of such lists: an array as one writes it in Python."""
    numbers = (leaf for _, leaf in leaves(value))
    listed = isinstance(value, tuple | list) and len(value) > 0
    return listed and all(isinstance(n, NUMBERS) and np.ndim(n) == 0 for n in numbers)


def describe_kind(value: Any) -> str:
    """Return what a value is, in words."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"a dict of {', '.join(map(repr, value)) or 'nothing'}"
    if isinstance(value, np.ndarray):
        special = "" if type(value) in PLAIN else f" ({type(value).__module__}.{type(value).__name__})"
        return f"an array of {value.dtype}{special}"
    return "None" if value is None else f"a {type(value).__name__}"
