"""Whole numbers among the arguments, of a function and of a command."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any


def demand_whole(name: str, value: Any, *, least: int) -> None:
    """Raise unless an argument is a whole number.

    Raises
    ------
    ValueError
        With its name, what came, and what was expected.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} must be a whole number of at least {least}, got {value!r}"
        raise ValueError(message)


def whole_number(text: str, least: int) -> int:
    """Return the whole number that somebody typed.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none, or too small.
    """
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        message = f"a whole number of at least {least} is expected, got {text!r}"
        raise ArgumentTypeError(message)
    return value
