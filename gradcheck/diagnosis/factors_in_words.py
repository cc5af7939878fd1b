"""The words for mistakes that multiply a cotangent by a number."""

from __future__ import annotations

from typing import Any

from gradcheck.diagnosis.scalings import FACTORS
from gradcheck.diagnosis.subject import MistakeSubject, axes_of


def factor_said(_: MistakeSubject, factor: float) -> str:
    """Return the words for a plain number."""
    return f"it is {FACTORS[factor]} what it should be"


def constant_said(_: MistakeSubject, factor: float) -> str:
    """Return the words for a number that is read from the cotangent."""
    if abs(factor - 1.0) < 1e-2:
        way = "large" if factor > 1.0 else "small"
        return f"every entry is too {way} by a relative {abs(factor - 1.0):.1e}: {_APPROXIMATED}"
    return f"every entry is {factor:g} times what it should be"


_APPROXIMATED = "an approximation looks like this, in forward or in the gradient"


def approximation_said(s: MistakeSubject) -> str:
    """Return the words for a small difference nearly everywhere."""
    return f"nearly every entry is off by a relative difference of at most {s.gap:.0e}: {_APPROXIMATED}"


def times_said(s: MistakeSubject, *size: Any) -> str:
    """Return the words for a size too many."""
    way = "small" if _is_below_one(s, *size) else "large"
    return f"it is too {way} by a factor, {_size(s, *size)}"


def _is_below_one(s: MistakeSubject, what: str, *details: Any) -> bool:
    option = s.trial.options.get(what)
    return type(option) is float and bool(details) and 0.0 < abs(option) < 1.0


def divided_said(s: MistakeSubject, *size: Any) -> str:
    """Return the words for a division by a size."""
    return f"it is divided by {_size(s, *size)}, which it should not be"


def _size(s: MistakeSubject, what: str, axis: Any, power: str = "") -> str:
    if axis == "all":
        return f"the number of {what}s" if what == "output" else f"the number of entries of {s.name!r}"
    if axis == "entries":
        return f"the number of entries of {what!r}"
    if isinstance(axis, str):
        spelt = {"value": f"{what!r}", "complement": f"1 − {what!r}", "root": f"the root of {what!r}"}
        square = f"{what!r} squared" if type(s.trial.options.get(what)) is int else ""
        return spelt.get(axis) or square or f"the number of entries that {what!r} spans"
    if power == "root":
        return f"the root of {_size(s, what, axis)}"
    if power == "squared":
        return f"the square of {_size(s, what, axis)}"
    if power == "over one less":
        return f"n / (n − 1) where n is {_size(s, what, axis)}"
    sizes = "the size" if len(axis) == 1 else "the product of the sizes"
    return f"{sizes} of {axes_of(s, what, *axis)}"
