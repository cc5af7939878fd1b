"""Whether two values are the same to the bit, and whether they share memory."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck._util import describe_value, identical, is_fixed

OVERLAP_WORK = 10_000
"""Effort spent on deciding whether two views overlap; interleaved views beyond it count as apart."""


def same(now: Any, then: Any, unseen: list[str] | None = None) -> bool:
    """Return whether two values are the same to the bit, as far as that can be said of them.

    Parameters
    ----------
    now, then
        A value, and the copy of it that was made before.
    unseen
        Gets a word for every part that can't be copied or compared; it counts as the same.
    """
    if isinstance(now, np.ndarray | np.generic) or isinstance(then, np.ndarray | np.generic):
        return _same_arrays(now, then, unseen)
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        return now.keys() == then.keys() and all(same(now[key], then[key], unseen) for key in now)
    if isinstance(now, list | tuple) and isinstance(then, list | tuple):
        pairs = zip(now, then, strict=False)
        return len(now) == len(then) and all(same(a, b, unseen) for a, b in pairs)
    if type(now) is not type(then):
        return False
    return _same_objects(now, then, [] if unseen is None else unseen)


def _same_arrays(now: Any, then: Any, unseen: list[str] | None) -> bool:
    if isinstance(now, np.ma.MaskedArray) and isinstance(then, np.ma.MaskedArray):
        masks = (np.ma.getmaskarray(a) for a in (now, then))
        return identical(*masks) and _same_arrays(np.asarray(now), np.asarray(then), unseen)
    left, right = np.asarray(now), np.asarray(then)
    if left.dtype == right.dtype and left.shape == right.shape and left.dtype.hasobject:
        return same(left.tolist(), right.tolist(), unseen)
    return identical(left, right)


def _same_objects(now: Any, then: Any, unseen: list[str]) -> bool:
    """Compare two values of one class in whichever way the class knows."""
    if is_fixed(now):
        return bool(now == then or (now != now and then != then))  # NaN is itself
    if now is then or getattr(type(now), "__eq__", None) is object.__eq__:
        unseen.append(describe_value(now))
        return True
    for method in ("__eq__", "equals"):  # tables compare entry by entry with ==
        found = _ask(method, now, then)
        if isinstance(found, bool | np.bool_):
            return bool(found)
    return _same_parts(now, then, unseen)


def _ask(method: str, now: Any, then: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(now, method)(then)
    except Exception:  # whatever a class's own comparison may raise
        return None


def _same_parts(now: Any, then: Any, unseen: list[str]) -> bool:
    """Compare the attributes that both objects have; what is kept for later calls may come into being."""
    try:
        attributes, before = vars(now), vars(then)
    except TypeError:
        unseen.append(describe_value(now))
        return True
    return all(same(attributes[name], before[name], unseen) for name in before if name in attributes)


def overlap(a: Any, b: Any) -> bool:
    """Return whether two arrays share memory, as far as that can be decided in time."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    try:
        return bool(np.shares_memory(a, b, max_work=OVERLAP_WORK))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False
