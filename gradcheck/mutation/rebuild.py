"""A function made again of its tree, with copies of everything around it that it could change."""

from __future__ import annotations
import __future__

import ast
import builtins
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from gradcheck._util import duplicate
from gradcheck.mutation.source import FunctionNode, Source

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


def filled(array: Any) -> Any:
    """Return an array that was never filled, filled with what is no value.

    What was computed before may lie in its memory by chance: an edit that leaves it there would look right.
    """
    if array.dtype.kind in "bfciu":
        array[...] = np.nan if array.dtype.kind in "fc" else array.dtype.type(True)
    return array


_EMPTY, _EMPTY_LIKE = np.empty, np.empty_like
UNFILLED: dict[str, Any] = {
    "empty": lambda *args, **keywords: filled(_EMPTY(*args, **keywords)),
    "empty_like": lambda *args, **keywords: filled(_EMPTY_LIKE(*args, **keywords)),
}
"""What made functions call in the place of NumPy's functions of these names."""


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
        self._globals |= {
            "__builtins__": builtins,
            "__name__": function.__module__,
            BOUNDED: bounded,
            **{f"{name} {BOUNDED}": made for name, made in UNFILLED.items()},
        }
        self._loops = [
            node for node in ast.walk(source.node) if isinstance(node, ast.For | ast.comprehension)
        ]
        calls = [node for node in ast.walk(source.node) if isinstance(node, ast.Call)]
        self._unfilled = [call for call in calls if _called(call) in UNFILLED]
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self._cells = {name: CellType(*_contents(cell)) for name, cell in cells}

    def make(self) -> FunctionType:
        """Return the function as its tree stands.

        Raises
        ------
        SyntaxError, ValueError
            If the tree is none of a function.
        """
        old = self._source.function
        with self._guarded():
            code = compile_function(self._source, self._cells)
        closure = tuple(self._cells[name] for name in code.co_freevars)
        made = FunctionType(code, self._globals, old.__name__, duplicate(old.__defaults__), closure)
        made.__kwdefaults__ = duplicate(old.__kwdefaults__)
        return made

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Let every loop have an end, and every array values."""
        loops = [(loop, loop.iter) for loop in self._loops]
        calls = [(call, call.func) for call in self._unfilled]
        for loop, items in loops:
            loop.iter = ast.Call(ast.Name(BOUNDED, ast.Load()), [items], [])
            locate(loop.iter)
        for call, _ in calls:
            if _called(call) in UNFILLED:  # it may be edited
                call.func = ast.Name(f"{_called(call)} {BOUNDED}", ast.Load())
                locate(call.func)
        try:
            yield
        finally:
            for loop, items in loops:
                loop.iter = items
            for call, function in calls:
                call.func = function


def compile_function(source: Source, cells: Collection[str], *, keep_cells: bool = False) -> CodeType:
    """Return a function's code as its tree stands: compiled inside of another, so that its cells are free.

    Parameters
    ----------
    source
        The function.
    cells
        The variables of the functions around that it may read.
    keep_cells
        Whether it has all of them, even those that its tree reads no more, and the private names of its
        class: such code may take the place of the function's own.

    Raises
    ------
    SyntaxError, ValueError
        If the tree is none of a function.
    """
    node = _reading(source.node, cells) if keep_cells else source.node
    bare: ast.stmt = ast.Expr(node) if isinstance(node, ast.Lambda) else _undecorated(node)
    owner = source.function.__qualname__.split(".")[-2:-1]
    if keep_cells and owner and owner[0].isidentifier():
        bare = ast.copy_location(ast.ClassDef(owner[0], [], [], [bare], []), node)
    free = ast.arguments([], [ast.arg(name) for name in cells], None, [], [], None, [])
    around = ast.FunctionDef("around", free, [ast.copy_location(bare, node)], [])
    locate(free)
    outer = _compile(ast.Module([ast.copy_location(around, node)], []), source)
    found = next(each for each in outer.co_consts if isinstance(each, CodeType))
    if isinstance(bare, ast.ClassDef):
        found = next(each for each in found.co_consts if isinstance(each, CodeType))
    name = source.function.__code__.co_name
    return [each for each in found.co_consts if isinstance(each, CodeType) and each.co_name == name][-1]


def _compile(module: ast.Module, source: Source) -> CodeType:
    """Return the code of a module in which a function stands as it does in its own."""
    flags = source.function.__code__.co_flags & FUTURE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # an edit may make no sense
        try:
            code = compile(module, source.file, "exec", flags=flags, dont_inherit=True)
        except TypeError:  # a node below one that has a line has none
            complete = ast.fix_missing_locations(module)
            code = compile(complete, source.file, "exec", flags=flags, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def locate(tree: ast.AST) -> None:
    """Give new nodes a line, down to those that have one.

    What is taken from a file has lines, and `ast.fix_missing_locations` would visit all of it for each edit.
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if "lineno" in node._attributes:
            if "lineno" in node.__dict__:
                continue
            node.lineno = node.end_lineno = 1  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
        waiting.extend(ast.iter_child_nodes(node))


def _reading(node: FunctionNode, names: Collection[str]) -> FunctionNode:
    """Return a function that also names some variables, where it never runs."""
    if not names:
        return node
    read, never = ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load()), ast.Constant(False)
    changed = copy(node)
    if isinstance(changed, ast.Lambda):
        changed.body = ast.IfExp(never, read, changed.body)
    else:
        changed.body = [*changed.body, ast.If(never, [ast.Expr(read)], [])]
    return changed


def _called(call: ast.Call) -> str:
    """Return the last name of what is called."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


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
