"""A function made again of its tree, with copies of everything around it that it could change."""

from __future__ import annotations
import __future__

import ast
import builtins
import warnings
from collections.abc import Iterable, Iterator
from copy import copy
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from gradcheck._util import duplicate
from gradcheck.mutation.source import Source

FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""What a file may have imported from the future: it is a part of how its functions are compiled."""


BOUNDED = "bounded by the workshop"
"""What made functions call for each of their loops: no name that a user can write."""
MOST_ROUNDS = 10_000
"""Rounds of one loop: an edit may make a list grow while it is looped over."""


def bounded(items: Iterable[Any]) -> Iterator[Any]:
    """Yield items as a loop has them.

    Raises
    ------
    RuntimeError
        If there is no end to them.
    """
    for count, item in enumerate(items):
        if count == MOST_ROUNDS:
            message = "an edited loop has no end"
            raise RuntimeError(message)
        yield item


class Workshop:
    """Makes a function again as its tree stands at the moment, in surroundings of its own.

    The surroundings are copied once: what one made function does to a global array, the next one sees,
    and the user never.

    Parameters
    ----------
    source
        The function.
    others
        Other functions whose names an edit may bring in.
    """

    def __init__(self, source: Source, others: Iterable[CodeType] = ()) -> None:
        self._source = source
        function = source.function
        self.numpy = next((name for name, value in function.__globals__.items() if value is np), None)
        """What the file calls NumPy."""
        names = {name for code in (function.__code__, *others) for name in _names(code)} | {self.numpy}
        self._globals = {
            name: duplicate(value) for name, value in function.__globals__.items() if name in names
        }
        self._globals |= {"__builtins__": builtins, "__name__": function.__module__, BOUNDED: bounded}
        self._loops = [
            node for node in ast.walk(source.node) if isinstance(node, ast.For | ast.comprehension)
        ]
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self._cells = {name: CellType(*_contents(cell)) for name, cell in cells}

    def make(self) -> FunctionType:
        """Return the function as its tree stands.

        Raises
        ------
        SyntaxError, ValueError
            If the tree is none of a function.
        """
        old, node = self._source.function, self._source.node
        plain = [loop.iter for loop in self._loops]
        for loop in self._loops:
            loop.iter = ast.Call(ast.Name(BOUNDED, ast.Load()), [loop.iter], [])
        try:
            code = self._compiled(node)
        finally:
            for loop, items in zip(self._loops, plain, strict=True):
                loop.iter = items
        closure = tuple(self._cells[name] for name in code.co_freevars)
        made = FunctionType(code, self._globals, old.__name__, duplicate(old.__defaults__), closure)
        made.__kwdefaults__ = duplicate(old.__kwdefaults__)
        return made

    def _compiled(self, node: Any) -> CodeType:
        """Return a function's code: compiled inside of another, so that its free variables are free."""
        bare = ast.Expr(node) if isinstance(node, ast.Lambda) else _undecorated(node)
        free = ast.arguments([], [ast.arg(name) for name in self._cells], None, [], [], None, [])
        around = ast.FunctionDef("around", free, [ast.copy_location(bare, node)], [])
        module = ast.fix_missing_locations(ast.Module([ast.copy_location(around, node)], []))
        flags = self._source.function.__code__.co_flags & FUTURE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # an edit may make no sense
            outer = compile(module, self._source.file, "exec", flags=flags, dont_inherit=True)
        inner = next(each for each in outer.co_consts if isinstance(each, CodeType))
        name = self._source.function.__code__.co_name
        return [each for each in inner.co_consts if isinstance(each, CodeType) and each.co_name == name][-1]


def _undecorated(node: ast.FunctionDef) -> ast.FunctionDef:
    bare = copy(node)
    bare.decorator_list = []
    return bare


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a function looks up, its inner functions too."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _contents(cell: CellType) -> tuple[Any, ...]:
    try:
        return (duplicate(cell.cell_contents),)
    except ValueError:
        return ()  # a variable that is not bound yet
