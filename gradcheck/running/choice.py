"""Which checks run: the whole battery, or those that are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradcheck.checks import CHECKS, JACOBIAN, Check
from gradcheck.layers import Layer


def compare_gradient(checks: Iterable[Check], layer: Layer) -> bool:
    """Return whether one of some checks compares a layer's gradient with what knows nothing of it."""
    comparing = [check for check in checks if check.measures or check.name in ("oracle", "reference")]
    return any(check.inapplicable(layer) is None for check in comparing)


def choose_checks(names: Sequence[str] | None, *, jacobian: bool = False) -> tuple[Check, ...]:
    """Return the checks of these names, in the order of the battery.

    Parameters
    ----------
    names
        Names of checks; None for the whole battery.
    jacobian
        Whether the check of every entry of the Jacobian runs too.

    Raises
    ------
    TypeError, ValueError
        If the names are one string, there are none, or one is unknown; the known ones are listed.
    """
    if names is None:
        return (*CHECKS, JACOBIAN) if jacobian else CHECKS
    known = {check.name: check for check in (*CHECKS, JACOBIAN)}
    if isinstance(names, str):
        message = f"checks must be a tuple of names, got a string; write ({names!r},)"
        raise TypeError(message)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        what = f"checks has {unknown[0]!r}, which is no check" if unknown else "checks is empty"
        message = f"{what}; known: {', '.join(known)}"
        raise ValueError(message)
    return tuple(c for c in known.values() if c.name in names or (jacobian and c is JACOBIAN))
