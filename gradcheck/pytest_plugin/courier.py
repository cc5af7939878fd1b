"""Notes as text, which pytest-xdist carries from its workers in a test's report.

They are pickled, so that what is reported does not depend on the number of workers down to the last
bit of an array: JSON knows no arrays and leaves large ones out. Both ends are one installation, and
the text comes from a process that the run itself started.
"""

from __future__ import annotations

import base64
import io
import pickle
import sys
from collections.abc import Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any

from gradcheck.pytest_plugin.current import Note

KNOWN = {*sys.stdlib_module_names, "numpy", "gradcheck"}
"""Packages whose objects mean the same in another process; the user's own may not be importable there."""


class Spelt:
    """An object of the user's that stayed where it was: its repr."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        """Return the repr of what it stands for."""
        return self.text


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        named = isinstance(obj, type | FunctionType | BuiltinFunctionType)
        home = obj if named else type(obj)
        if _known(home):
            if named:
                return NotImplemented
            try:
                obj.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
            except TypeError:
                return Spelt, (_spelt(obj),)  # a generator, a lock: there is nothing to send
            return NotImplemented
        for plain in (tuple, list):
            if isinstance(obj, plain):
                return plain, (list(obj),)
        return Spelt, (_spelt(obj),)


def pack(notes: Sequence[Note]) -> str:
    """Return notes as text."""
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(tuple(notes))
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpack(text: str) -> tuple[Note, ...]:
    """Return the notes that `pack` wrote."""
    notes: tuple[Note, ...] = pickle.loads(base64.b64decode(text))
    return notes


def _known(home: Any) -> bool:
    """Return whether another process finds a class or function by its name."""
    module = getattr(home, "__module__", None) or "builtins"
    return module.partition(".")[0] in KNOWN and "<" not in home.__qualname__


def _spelt(obj: Any) -> str:
    said = repr(obj)
    return f"a {type(obj).__name__}" if " at 0x" in said else said
