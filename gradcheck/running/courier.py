"""Reports and rulings as text, in which they leave a process, for the pool and for pytest-xdist alike.

They are pickled, so that what is reported does not depend on the number of workers down to the last
bit of an array: JSON knows no arrays and leaves large ones out. Both ends are one installation, and
the text comes from a process that the run itself started.
"""

from __future__ import annotations

import base64
import io
import pickle
import sys
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

from gradcheck._util import describe_value

KNOWN = {*sys.stdlib_module_names, "numpy", "gradcheck"}
"""Packages whose objects mean the same in another process; the user's own may not be importable there."""


@dataclass(frozen=True)
class StandIn:
    """What stands for an object of the user's, which stayed where it was: it reads the same."""

    text: str

    def __repr__(self) -> str:
        return self.text


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        named = isinstance(obj, type | FunctionType | BuiltinFunctionType)
        home = obj if named else type(obj)
        if _is_known(home):
            if named:
                return NotImplemented
            try:
                obj.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
            except TypeError:
                return StandIn, (describe_value(obj),)  # a generator, a lock: there is nothing to send
            return NotImplemented
        for plain in (tuple, list):
            if isinstance(obj, plain):
                return plain, (list(obj),)
        return StandIn, (describe_value(obj),)


def pack(found: Any) -> str:
    """Return a record of ours as text; objects of the user's in it are replaced by stand-ins."""
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(found)
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpack(text: str) -> Any:
    """Return the record that `pack` wrote."""
    return pickle.loads(base64.b64decode(text))


def _is_known(home: Any) -> bool:
    """Return whether another process finds a class or function by its name."""
    module = getattr(home, "__module__", None) or "builtins"
    return module.partition(".")[0] in KNOWN and "<" not in home.__qualname__
