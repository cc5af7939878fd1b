"""Which functions a layer stands for: those that it holds, and those that its adapters name."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeAlias

from gradcheck.layers import unwrap

Key: TypeAlias = tuple[Any, ...]
"""What identifies a function or class: its file and name, so that a module imported twice is one."""

DEPTH = 3
"""An adapter may call another one; further down, nobody would say that a layer refers to it."""


def key_of(function: Any) -> Key:
    """Return what identifies a function, class or other callable."""
    if isinstance(function, FunctionType):
        code = function.__code__
        return code.co_filename, function.__qualname__, code.co_firstlineno
    if isinstance(function, type):
        file = getattr(sys.modules.get(function.__module__), "__file__", function.__module__)
        return file, function.__qualname__
    return (id(function),)


def follow(functions: Sequence[Any], stops: Collection[Key]) -> set[Key]:
    """Return the keys of functions, and of what they name in their code.

    Parameters
    ----------
    functions
        Where to begin.
    stops
        Keys of functions that stand for themselves: what they call is not followed, so that a network
        is no check of its layers. Nor are functions of other packages.
    """
    packages = {_package(f) for f in functions}
    seen: set[Key] = set()
    level = [unwrap(f) for f in functions]
    for _ in range(DEPTH + 1):
        new = [f for f in level if key_of(f) not in seen]
        seen |= {key_of(f) for f in new}
        adapters = [f for f in new if key_of(f) not in stops and _package(f) in packages]
        level = [unwrap(g) for f in adapters for g in _find_named(f)]
    return seen


def _package(function: Any) -> str:
    return str(getattr(function, "__module__", "")).partition(".")[0]


def _find_named(function: Any) -> Iterator[Any]:
    """Return the functions and classes that a function's code names, in its module and around it.

    A class stands for its methods, as a torch.nn.Module does.
    """
    if isinstance(function, type):
        yield from (value for value in vars(function).values() if isinstance(value, FunctionType))
        return
    if not isinstance(function, FunctionType):
        return
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    values += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    for value in values:
        if isinstance(value, ModuleType):
            values_there = [vars(value)[name] for name in names if name in vars(value)]
            yield from (v for v in values_there if callable(v))
        elif callable(value):
            yield value


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
