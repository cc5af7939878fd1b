"""Values as JSON knows them: no arrays, no infinity, no NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter
from typing import Any, ClassVar, cast

import numpy as np


class Record:
    """A frozen record that has a form as plain data.

    The keys are its fields, or the words of `KEYS`: names of attributes, in order, each as
    ``key=path.to.attribute`` where key and attribute have different names.
    """

    KEYS: ClassVar[str] = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data for JSON."""
        words = self.KEYS.split() or [field.name for field in fields(cast(Any, self))]
        pairs = (word.partition("=") for word in words)
        return {key: _column(attrgetter(path or key)(self)) for key, _, path in pairs}


def _column(value: Any) -> Any:
    return (
        {name: to_jsonable(item) for name, item in value.items()}
        if isinstance(value, Mapping)
        else to_jsonable(value)
    )


def to_json_number(value: float | None) -> float | str | None:
    """Return a number, or the word for one that JSON does not have."""
    return value if value is None or math.isfinite(value) else str(value)


def to_jsonable(value: Any) -> Any:
    """Return arrays as nested lists, fractions as text, and anything unknown in words of its own."""
    if isinstance(value, Record):
        return value.as_dict()
    if isinstance(value, np.ndarray | np.generic):
        return to_jsonable(value.tolist())
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bool | int | str | None):
        return value
    if isinstance(value, float):
        return to_json_number(value)
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return describe_value(value)


def describe_value(value: Any) -> str:
    """Return a value's repr, or the kind of thing it is where that would tell an address only."""
    text = repr(value)
    return f"a {type(value).__name__}" if " at 0x" in text else text
