"""Backward passes that read what a later call of their forward stored, in an attribute or a global variable.

Two layers of one class that keep their caches in a class attribute share one cache: the second call of
forward writes over what the first one stored, as it does in one layer that is used twice. The proof is an
experiment. While forward runs, what each call stored is noted; while backward runs, each call that reads it
finds what its own forward stored, the last one first. If that gives what is measured, the store is the cause.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradcheck._util import draw_signed, widen
from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.errors import NothingToLearn
from gradcheck.layers import is_own_file
from gradcheck.types import Array

OVERWRITTEN = "overwritten"
COTANGENTS = 2
"""Cotangents at which backward is compared with the measured Jacobian; one tells nearly all others apart."""


@dataclass(frozen=True)
class Place:
    """Where functions can keep something between calls: an attribute, or a global variable."""

    identity: int
    name: str
    said: str
    owner: Any = field(compare=False)

    @classmethod
    def of(cls, owner: Any, name: str, said: str) -> Place:
        """Return the place of this name in an object, a class, or the variables of a module."""
        return cls(id(owner), name, said, owner)

    def read(self) -> Any:
        """Return what stands there; of a container, its contents at the moment."""
        value = self.owner.get(self.name) if isinstance(self.owner, dict) else vars(self.owner).get(self.name)
        return value, _contents(value)

    def put(self, kept: Any) -> None:
        """Put back what was read."""
        value, contents = kept
        if isinstance(value, dict):
            value.clear()
            value.update(contents)
        elif isinstance(value, list):
            value[:] = contents
        elif isinstance(value, np.ndarray):
            value[...] = contents
        if isinstance(self.owner, dict):
            self.owner[self.name] = value
        else:
            setattr(self.owner, self.name, value)


def _contents(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, np.ndarray):
        return value.copy()
    return list(value) if isinstance(value, list) else None


@dataclass
class _Stores:
    """What calls of functions stored at places that they share, in the order of the calls."""

    before: dict[int, dict[Place, Any]] = field(default_factory=dict)
    stored: dict[Place, list[Any]] = field(default_factory=dict)
    writers: set[CodeType] = field(default_factory=set)

    def watch(self, frame: FrameType, event: str, _: Any) -> None:
        """Note what a function changed while it ran."""
        if event == "call" and is_own_file(frame.f_code.co_filename):
            self.before[id(frame)] = {place: place.read() for place in _places(frame)}
        elif event == "return" and id(frame) in self.before:
            for place, old in self.before.pop(id(frame)).items():
                new = place.read()
                if _differs(old, new):
                    self.stored.setdefault(place, []).append(new)
                    self.writers.add(frame.f_code)

    def overwritten(self) -> list[Place]:
        """Return the places where more than one call stored something."""
        return [place for place, kept in self.stored.items() if len(kept) > 1]


def _differs(old: Any, new: Any) -> bool:
    """Return whether another object stands at a place, or in a container there."""
    if old[0] is not new[0]:
        return True
    a, b = old[1], new[1]
    if isinstance(a, dict):
        return a.keys() != b.keys() or any(a[key] is not b[key] for key in a)
    if isinstance(a, np.ndarray):
        return not np.array_equal(a, b)
    return isinstance(a, list) and (len(a) != len(b) or any(x is not y for x, y in zip(a, b, strict=True)))


def _places(frame: FrameType) -> Iterator[Place]:
    """Yield the places that a function names: attributes of its object, of classes, and global containers."""
    code, variables, first = frame.f_code, frame.f_globals, _first_of(frame)
    named = [variables[name] for name in code.co_names if name in variables]
    classes = {id(each): each for each in [*type(first).__mro__, *named] if isinstance(each, type)}
    for each in classes.values():
        for name in code.co_names:
            if name in vars(each) and not callable(vars(each)[name]):
                yield Place.of(each, name, f"{each.__name__}.{name}")
    if hasattr(first, "__dict__") and not isinstance(first, type):
        for name in code.co_names:
            if not hasattr(type(first), name):
                yield Place.of(first, name, f"self.{name} of one {type(first).__name__}")
    for name in code.co_names:
        if name in variables and isinstance(variables[name], dict | list | np.ndarray):
            yield Place.of(variables, name, name)


def _first_of(frame: FrameType) -> Any:
    """Return the first argument of a call, which a method calls self."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


@contextmanager
def _profiled(hook: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    before = sys.getprofile()
    sys.setprofile(hook)
    try:
        yield
    finally:
        sys.setprofile(before)


def find_overwritten(s: Specimen) -> MistakeKey | None:
    """Return the cause of a wrong cotangent that is a shared store, with its name; None for any other."""
    stores = _Stores()
    try:
        with _profiled(stores.watch):
            y, pullback = s.trial.linearise()
    except NothingToLearn:
        return None
    if y.shape != s.y.shape:
        return None
    for place in stores.overwritten():
        last = place.read()
        try:
            right = all(_agrees(s, pullback, stores, place, f"overwritten {i}") for i in range(COTANGENTS))
        except NothingToLearn:
            right = False
        finally:
            place.put(last)
        if right:
            return OVERWRITTEN, place.said
    return None


def _agrees(s: Specimen, pullback: Any, stores: _Stores, place: Place, purpose: str) -> bool:
    """Return whether backward is right if each call that reads a place finds what its own forward stored.

    Where a pullback runs forward again, on a copy of the object, what that stores is the same.
    """
    waiting = list(stores.stored[place])

    def restore(frame: FrameType, event: str, _: Any) -> None:
        reads = event == "call" and place.name in frame.f_code.co_names and frame.f_code not in stores.writers
        if reads and waiting and is_own_file(frame.f_code.co_filename):
            own = _first_of(frame)
            is_copy = type(own) is type(place.owner) and not isinstance(own, type | dict)
            (replace(place, owner=own) if is_copy else place).put(waiting.pop())

    y_bar: Array = draw_signed(s.y.shape, s.trial.rng(purpose)).astype(s.y.dtype)
    with _profiled(restore):
        bar = pullback(y_bar.copy())[s.argnum]
    assert bar is not None
    right, allowed = s.pull_back(y_bar)
    return not waiting and bool(np.all(np.abs(widen(bar) - right) <= allowed))
