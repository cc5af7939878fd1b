"""The user's own functions behind a layer or a claim, and the lines on which they stand."""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MethodType
from typing import Any, Protocol

LIBRARIES = ("site-packages", "dist-packages", f"python{sys.version_info.major}.{sys.version_info.minor}")
"""Folders of files that are nobody's derivation."""
FOREIGN = (sysconfig.get_path("stdlib") + os.sep, str(Path(__file__).parents[1]) + os.sep, "<frozen")
"""How the files begin of Python's own library and of this package."""


@dataclass(frozen=True)
class SourceLine:
    """A line of a file: where a function begins."""

    file: str
    number: int


class HasFunctions(Protocol):
    """A record of functions that a user wrote, the derivation first: a layer or a claim."""

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """The functions."""
        ...


def functions_of(subject: HasFunctions) -> tuple[Callable[..., Any], ...]:
    """Return what the user wrote, the derivation first: through adapters, wrappers and partial functions."""
    return tuple(unwrap(function) for function in subject.functions)


def unwrap(function: Any) -> Any:
    """Return a function without its wrappers; of a bound method, the class of its object."""
    while True:
        if isinstance(function, partial):
            function = function.func
        elif isinstance(function, MethodType):
            owner = function.__self__
            return owner if isinstance(owner, type) else type(owner)
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "_init_fn"):  # an operator of torch.library.custom_op
            function = function._init_fn
        else:
            return function


def source_line_of(subject: HasFunctions) -> SourceLine | None:
    """Return where the derivation stands, or None where Python does not know."""
    lines = (source_line_at(function) for function in functions_of(subject))
    return next((line for line in lines if line is not None), None)


def source_line_at(function: Any) -> SourceLine | None:
    """Return where a function or class begins, or None where Python does not know."""
    try:
        file, number = inspect.getsourcefile(function), inspect.getsourcelines(function)[1]
    except (TypeError, OSError):
        return None  # compiled, or typed into a prompt
    return None if file is None else SourceLine(file, max(number, 1))


def module_of(layer: HasFunctions) -> str:
    """Return the name of the module in which the derivation stands, the same on every machine.

    A file that is verified by its path goes by its name; what it is called in ``sys.modules`` depends
    on the folder.
    """
    for function in functions_of(layer):
        module = getattr(function, "__module__", None)
        if isinstance(module, str):
            file = getattr(inspect.getmodule(function), "__file__", None)
            stem = Path(file).stem if file else module
            return stem if module.startswith(f"{stem}_") else module
    return ""


@cache
def is_own_file(file: str) -> bool:
    """Return whether a file of Python code, or what is typed in, is the user's own, and no library's."""
    return not file.startswith(FOREIGN) and not any(part in LIBRARIES for part in Path(file).parts)


def line_that_raised(cause: BaseException) -> str:
    """Return the innermost line of the user's own files that an exception passed, as ``layers.py:12``.

    What lies deeper is a library's, and what lies further out this package's. Without one it is empty.
    """
    lines = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(cause.__traceback__)
        if not frame.filename.startswith("<") and is_own_file(frame.filename)
    ]
    return lines[-1] if lines else ""
